"""A connection to an MQTT 5 broker, driven by the thread that runs it. Used by the bridge; knows nothing of readings.

The loop is ours, because the thread that paho offers dies silently of an exception in a callback: here it leaves `run`.
Nothing is acknowledged but what `ack` is told, and only on the connection it came by.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from events.mqtt_options import Note, Options
from events.mqtt_session import Message, Session
from events.mqtt_socket import Buffered
from events.mqtt_tls import Tls

__all__ = ["Connection", "Message", "Note", "Options", "Tls"]

BURST = 32
"""Packets read in a row before acknowledgements are sent."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0
"""Seconds before it connects again: at first, and at most; each is twice the one before."""


RIVALRY = 5.0
"""Seconds. Two connections that break within so long mean that another takes the session too: some brokers do not tell
the reason. It is then left to the other."""


class Connection:
    """Connects, and connects again, until stopped or its session is taken over. Any thread may ack, publish, stop."""

    def __init__(self, options: Options, receive: Callable[[Message], None]) -> None:
        self._session = Session(options, receive)
        self._acks: deque[Message] = deque()
        self._notes: deque[Note] = deque()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._stopped = threading.Event()

    @property
    def trouble(self) -> str | None:
        """Why it is not connected, in a line; None when it is."""
        return self._session.trouble

    @property
    def taken_over(self) -> bool:
        """Whether another connection has taken the session."""
        return self._session.taken_over

    def run(self) -> None:
        """Returns when stopped or taken over. What `receive` raises leaves it; a broker that is away does not."""
        with self._woken, self._wake:
            self._run()

    def _run(self) -> None:
        delay, lost = FIRST_DELAY, -RIVALRY
        while not self._stopped.is_set() and not self.taken_over:
            epoch = self._session.epoch
            try:
                self._serve(self._session.open())
            except OSError as error:
                self._session.lost(error)
            if self._session.epoch > epoch:
                before, lost, delay = lost, time.monotonic(), FIRST_DELAY
                self._session.taken_over |= self._session.is_kept and lost - before < RIVALRY
            else:
                delay = min(delay * 2, LONGEST_DELAY)
            self._stopped.wait(delay)

    def ack(self, messages: Iterable[Message]) -> None:
        """Acknowledges messages. Those of an older connection are dropped: the broker delivers them again."""
        self._acks.extend(messages)
        self._rouse()

    def publish(self, note: Note) -> None:
        """Publishes with QoS 1; dropped if the broker is away."""
        self._notes.append(note)
        self._rouse()

    def stop(self) -> None:
        """Ends `run` once what is waiting has been sent."""
        self._stopped.set()
        self._rouse()

    def _rouse(self) -> None:
        with suppress(OSError):  # roused often enough, or at an end
            self._wake.send(b"\0")

    def _serve(self, opened: Buffered) -> None:
        """Moves packets until this connection is gone."""
        client, checked, left = self._session.client, time.monotonic(), False
        with DefaultSelector() as selector, closing(opened):
            selector.register(self._woken, EVENT_READ)
            selector.register(opened, EVENT_READ)
            while client.socket() is opened:
                opened.flush()
                selector.modify(opened, EVENT_READ | (EVENT_WRITE if opened.unsent else 0))
                ready = {key.fileobj: events for key, events in selector.select(0 if opened.pending() else 1.0)}
                if self._woken in ready:
                    self._woken.recv(4096)
                if ready.get(opened, 0) & EVENT_READ or opened.pending():
                    self._read()
                self._send()
                if self._stopped.is_set() and not left:
                    left = True
                    self._session.leave()
                if time.monotonic() - checked > 1.0:
                    checked = time.monotonic()
                    client.loop_misc()

    def _read(self) -> None:
        for _ in range(BURST):
            received = self._session.received
            self._session.client.loop_read()
            if self._session.received == received:
                return

    def _send(self) -> None:
        while self._acks:
            self._session.ack(self._acks.popleft())
        while self._notes:
            self._session.publish(self._notes.popleft())
        self._session.client.loop_write()

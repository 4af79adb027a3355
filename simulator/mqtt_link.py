"""One MQTT connection with its queue: paho without a thread of its own. Driven by `send_mqtt`."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulator.messages import Message
from simulator.sender import Settled, Tally

RETRY = (0.2, 2.0)  # s: the first and the longest pause between attempts to connect


@dataclass(frozen=True, slots=True)
class Broker:
    """Where all links go. `topic` takes the device's id; a link has `window` messages in flight and keeps `buffer`
    more.
    """

    host: str
    port: int
    topic: str
    window: int
    buffer: int


@dataclass(frozen=True, slots=True)
class Reports:
    """Where links tell how they fare; `down` are those that want to connect when their time has come."""

    tally: Tally
    settled: Settled
    down: set[Link]


class Link:
    """Keeps the order of what it is given; sends again what was not acknowledged when the connection broke."""

    def __init__(self, name: str, broker: Broker, selector: selectors.BaseSelector, reports: Reports) -> None:
        self._broker, self._selector = broker, selector
        self._tally, self._settled, self._down = reports.tally, reports.settled, reports.down
        self.pending: deque[Message] = deque()
        self.flying: dict[int, Message] = {}
        self.open = False
        self.retry_at = 0.0
        self._pause = RETRY[0]
        self._client = client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.max_inflight_messages_set(0)
        client.on_connect, client.on_disconnect, client.on_publish = self._connected, self._disconnected, self._acked
        client.on_socket_open, client.on_socket_close = self._socket_opened, self._socket_closed
        client.on_socket_register_write = _later  # so that paho leaves writing to flush()
        client.connect_async(broker.host, broker.port, keepalive=60)

    def queue(self, message: Message) -> None:
        """Keep it for fill(); a device whose memory is full gives up its oldest."""
        if len(self.pending) >= self._broker.buffer:
            self._tally.dropped += 1
            self._settled(self.pending.popleft())
        self.pending.append(message)

    def connect(self) -> None:
        """Try once; the broker's answer comes while it is served."""
        self._down.discard(self)
        try:
            self._client.reconnect()
        except OSError as error:
            self._fail(f"{self._broker.host}:{self._broker.port}: {error}")

    def fill(self) -> None:
        """Hand to paho what the window leaves room for, and write."""
        if not self.open:
            return
        while self.pending and len(self.flying) < self._broker.window:
            message = self.pending.popleft()
            self._tally.handed(message)
            topic = self._broker.topic.format(device=message.device)
            self.flying[self._client.publish(topic, message.encoded(), qos=1).mid] = message
        self.flush()

    def flush(self) -> None:
        """Write until the socket takes no more; then wait for it."""
        if self._client.want_write():
            self._client.loop_write()
        self._watch(self._client.socket())

    def serve(self, mask: int) -> None:
        """The selector saw something for this link."""
        if mask & selectors.EVENT_READ:
            self._client.loop_read()
        self.fill() if self.open else self.flush()

    def check(self) -> None:
        """Keep the connection alive, and notice when it is not."""
        self._client.loop_misc()
        self.flush()

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self.flush()
        self._client.loop_misc()

    def _connected(self, _c: Client, _u: Any, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        if reason.is_failure:
            self._fail(f"{self._broker.host}:{self._broker.port}: the broker refused: {reason}")
            return
        self.open, self._pause = True, RETRY[0]
        self._tally.connects += 1

    def _disconnected(
        self, _c: Client, _u: Any, _f: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if reason.is_failure:
            self._fail(f"{self._broker.host}:{self._broker.port}: connection lost: {reason}")
        self.open = False

    def _acked(self, _c: Client, _u: Any, mid: int, _r: ReasonCode, _p: Properties | None) -> None:
        message = self.flying.pop(mid, None)
        if message:
            message.acked = True
            self._tally.settled(message)
            self._settled(message)

    def _fail(self, why: str) -> None:
        self._tally.failures += 1
        self._tally.trouble = why
        self.retry_at = time.monotonic() + self._pause
        self._down.add(self)
        self._pause = min(RETRY[1], self._pause * 2)

    def _socket_opened(self, _c: Client, _u: Any, sock: Any) -> None:
        self._selector.register(sock, selectors.EVENT_READ, self)

    def _socket_closed(self, _c: Client, _u: Any, sock: Any) -> None:
        self._selector.unregister(sock)

    def _watch(self, sock: Any) -> None:
        if isinstance(sock, socket.socket) and sock.fileno() >= 0:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._client.want_write() else 0)
            if self._selector.get_key(sock).events != wanted:
                self._selector.modify(sock, wanted, self)


def _later(_client: Client, _userdata: Any, _sock: Any) -> None:
    """Nothing: flush() asks want_write()."""

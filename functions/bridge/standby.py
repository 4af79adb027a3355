"""The bridge that waits: it listens for the active one's last will, and for its ticks. Run by bridge.py."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from uuid import uuid4

from events.mqtt import Connection, Message, Options
from functions.bridge.topics import state_topic

ONLINE, OFFLINE = b"online", b"offline"

GRACE = 1.0
"""Seconds, connected and without a word that another is active, after which it takes over. Where a will comes of a
takeover, the word of the new active one follows at once."""

SILENCE = 10.0
"""Seconds, connected and without a tick, after which one that is said to be active counts as gone: it hangs, or its
will was lost with the broker, which had kept its greeting."""


class Standby:
    """Waits under a client id of its own. active, tick_topic: of the one it waits for."""

    def __init__(self, active: Options, tick_topic: str, silence: float = SILENCE) -> None:
        name, self._silence = active.client_id, silence
        topics = [state_topic(name), tick_topic]
        own = replace(
            active,
            client_id=f"{name}-standby-{uuid4().hex[:8]}",
            filters=topics,
            expiry=0,
            greeting=None,
            farewell=None,
        )
        self.connection = Connection(own, self._hear)
        self._state = topics[0]
        self._changed = threading.Condition()
        self._word: bytes | None = None
        self._since = time.monotonic()
        self._stopped = False

    @property
    def trouble(self) -> str | None:
        """Why it hears nothing, in a line."""
        return self.connection.trouble

    def run(self) -> None:
        """Returns when there is no active bridge any more, or when stopped."""
        network = threading.Thread(target=self.connection.run, name="bridge-standby", daemon=True)
        network.start()
        with self._changed:
            while not self._is_over():
                if not network.is_alive():
                    raise RuntimeError("the standby bridge hears nothing: its network thread has ended")
                self._changed.wait(GRACE / 4)
        self.connection.stop()
        network.join()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _is_over(self) -> bool:
        """Whether the active bridge is gone for good."""
        if self.connection.trouble is not None:
            self._since = time.monotonic()
        waited = time.monotonic() - self._since
        return self._stopped or waited > (self._silence if self._word == ONLINE else GRACE)

    def _hear(self, message: Message) -> None:
        with self._changed:
            self._word, self._since = message.body if message.topic == self._state else ONLINE, time.monotonic()
        self.connection.ack([message])

"""The bridge that waits: it listens for the active one's last will. Run by bridge.py."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

from events.mqtt import Connection, Message, Options

ONLINE, OFFLINE = b"online", b"offline"

GRACE = 1.0
"""Seconds, connected and without a word that another is active, after which it takes over. Where a will comes of a
takeover, the word of the new active one follows at once."""


class Standby:
    """Waits under a client id of its own."""

    def __init__(self, url: str, client_id: str, topic: str) -> None:
        options = Options(url, f"{client_id}-standby-{uuid4().hex[:8]}", [topic], expiry=0)
        self.connection = Connection(options, self._hear)
        self._changed = threading.Condition()
        self._word: bytes | None = None
        self._since = time.monotonic()
        self._stopped = False

    def run(self) -> None:
        """Returns when there is no active bridge any more, or when stopped."""
        network = threading.Thread(target=self.connection.run, name="bridge-standby", daemon=True)
        network.start()
        with self._changed:
            while not self._is_over():
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
        return self._stopped or (self._word != ONLINE and waited > GRACE)

    def _hear(self, message: Message) -> None:
        with self._changed:
            self._word, self._since = message.body, time.monotonic()
        self.connection.ack([message])

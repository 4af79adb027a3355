"""MQTT devices: thousands of them over a few connections, or one each, in one thread with one selector.

QoS 1. What is not acknowledged when a connection breaks is sent again after it is back, before anything newer, so
that the order of a device's messages is never worse than redelivery makes it. Called by `run`.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterable
from itertools import islice
from zlib import crc32

from simulator.messages import Message
from simulator.mqtt_link import Broker, Link, Reports
from simulator.sender import Settled, Tally

CHECK = 2.0  # s in which every connection's health is looked at once
PARTS = 20  # in which that is done, so that it never holds up sending
CONNECTS = 50  # opened in one turn, so that sending goes on meanwhile


class MqttSender:
    """Links of the given names to one broker; a device always goes by the same one."""

    def __init__(self, broker: Broker, names: list[str], settled: Settled) -> None:
        self.tally = Tally()
        self._selector = selectors.DefaultSelector()
        self._down: set[Link] = set()
        reports = Reports(self.tally, settled, self._down)
        self._links = [Link(name, broker, self._selector, reports) for name in names]
        self._down.update(self._links)
        self._own = dict(zip(names, self._links, strict=True))
        self._check_at, self._part = 0.0, 0

    def offer(self, messages: Iterable[Message]) -> None:
        """Queue at the devices' links and write at once what their windows take."""
        touched = set()
        for message in messages:
            link = self._link(message.device)
            link.queue(message)
            touched.add(link)
        for link in touched:
            link.fill()

    def serve(self, until: float) -> None:
        """Read acknowledgements, write, connect and reconnect until then."""
        while True:
            now = time.monotonic()
            self._maintain(now)
            for key, mask in self._selector.select(max(0.0, min(until - now, 0.1))):
                key.data.serve(mask)
            if time.monotonic() >= until:
                return

    def ready(self) -> bool:
        """Whether every link is connected."""
        return not self._down and all(link.open for link in self._links)

    def waiting(self) -> list[Message]:
        """In flight or queued."""
        return [m for link in self._links for m in (*link.flying.values(), *link.pending)]

    def close(self) -> None:
        """Disconnect all links."""
        for link in self._links:
            link.close()
        self._selector.close()

    def _link(self, device: str) -> Link:
        return self._own.get(device) or self._links[crc32(device.encode()) % len(self._links)]

    def _maintain(self, now: float) -> None:
        for link in list(islice((link for link in self._down if link.retry_at <= now), CONNECTS)):
            link.connect()
        if now >= self._check_at:
            self._check_at, self._part = now + CHECK / PARTS, (self._part + 1) % PARTS
            for link in self._links[self._part :: PARTS]:
                link.check()

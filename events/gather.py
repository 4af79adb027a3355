"""Gathers what comes in at an edge into groups; the log is flushed once for each. Used by the bridge and HTTP
ingest."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Cut:
    """When a group is cut: `every` seconds after the one before, or when it holds `count` messages or `size` bytes.

    20 ms: each group costs some 2 ms of work behind it whatever is in it; half as many leave an alert 10 ms slower.
    48: half of what iotcore sends without an acknowledgement (100), so that it never waits for us.
    512 KiB: what a Kafka broker takes in one message (1 MiB) holds the columns of as much JSON.
    """

    every: float = 0.02
    count: int = 48
    size: int = 512 * 1024


class Gather(Generic[T]):
    """One thread puts, another takes. `put` waits while `full` bytes wait to be taken: the broker holds the rest."""

    def __init__(self, cut: Cut, full: int = 64 * 1024 * 1024) -> None:
        self._cut, self._full = cut, full
        self._waiting: deque[tuple[int, T]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self._last = 0.0

    def put(self, item: T, size: int) -> bool:
        """Adds an item, unless closed (False). Wakes the taker only where that changes what it should do."""
        with self._changed:
            self._changed.wait_for(lambda: self._bytes < self._full or self._closed)
            if self._closed:
                return False
            before, self._bytes = self._is_enough(), self._bytes + size
            self._waiting.append((size, item))
            if len(self._waiting) == 1 or self._is_enough() != before:
                self._changed.notify_all()
            return True

    def take(self) -> Sequence[T]:
        """The next group; empty when closed and nothing waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            rest = self._last + self._cut.every - time.monotonic()
            if rest > 0:
                self._changed.wait_for(lambda: self._is_enough() or self._closed, rest)
            group = self._group()
            self._last = time.monotonic()
            self._changed.notify_all()
            return group

    def close(self) -> None:
        """What waits is still given; then `take` returns nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_enough(self) -> bool:
        return len(self._waiting) >= self._cut.count or self._bytes >= self._cut.size

    def _group(self) -> Sequence[T]:
        group: list[T] = []
        taken = 0
        while self._waiting and (not group or taken + self._waiting[0][0] <= self._cut.size):
            size, item = self._waiting.popleft()
            taken += size
            group.append(item)
        self._bytes -= taken
        return group

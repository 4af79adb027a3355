"""Appends to the inbox under a name of its own, with a running count a shard, so that a loss on the way is seen.

Used by the web APIs, the bridge and whatever else lets records in. Any number of threads may share a writer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from uuid import uuid4

from events import trace
from events.event import Event
from events.log import Log
from events.types import INBOX

IDLE = 3_600_000_000
"""A writer that was idle for so long (µs) takes a new source: validate forgets one in twice that time."""


@dataclass
class _Place:
    """What was written to a shard: under which source, how many records, and when the last."""

    source: str
    count: int
    last: int


class Writer:
    """A source of inbox records, new at each start. clock: µs UTC of the edge."""

    def __init__(self, log: Log, name: str, clock: Callable[[], int]) -> None:
        self._log, self._name, self.clock = log, name, clock
        self._places: dict[int, _Place] = {}
        self._lock = Lock()

    @property
    def shards(self) -> int:
        return self._log.shards

    def append(self, shard: int, event: Event) -> Event:
        """Appends an event with its source and count, which it is given here (an id and a trace, if it has none)."""
        with self._lock:
            place = self._place(shard)
            count = str(place.count + 1)
            id = event.id or f"{place.source.rsplit('/', 1)[1]}-{shard}-{count}"
            traceparent = event.traceparent or trace.begun()
            written = replace(event, id=id, source=place.source, sequence=count, traceparent=traceparent)
            self._log.append(INBOX, shard, [written])
            place.count += 1
        return written

    def flush(self) -> None:
        """Returns when what this thread appended is durable."""
        self._log.flush()

    def _place(self, shard: int) -> _Place:
        now = self.clock()
        place = self._places.get(shard)
        if place is None or now - place.last > IDLE:
            place = self._places[shard] = _Place(f"/{self._name}/{uuid4()}", 0, now)
        place.last = now
        return place

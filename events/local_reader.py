"""A reader of the local log. Made by local.py, used by the loop (stream.py) and by live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from events.log import Place, Record

POLLED = 256
"""At most so many records are given at once, shared out evenly between the places that have some."""


class Source(Protocol):
    """What a reader needs of its log."""

    def read(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]: ...

    def end(self, topic: str, shard: int) -> int: ...

    def wait(self, timeout: float, ready: Callable[[], bool]) -> None: ...

    def commit(self, group: str, positions: Mapping[Place, int]) -> None: ...


class LocalReader:
    """Implements events.log.Reader: it has its shards for good, since nobody shares a group with it."""

    session = grace = 0.0

    def __init__(self, log: Source, group: str, topics: Sequence[str], shards: frozenset[int]) -> None:
        self._log, self._group, self._topics, self._shards = log, group, frozenset(topics), shards
        self._at: dict[Place, int] = {}

    def shards(self) -> frozenset[int]:
        return self._shards

    def seek(self, place: Place, offset: int) -> None:
        """Where the next poll reads this topic and shard. ValueError if this reader was not made for it."""
        if place[0] not in self._topics or place[1] not in self._shards:
            raise ValueError(f"a reader of {sorted(self._topics)}, shards {sorted(self._shards)}, cannot read {place}")
        self._at[place] = offset

    def pause(self, shard: int) -> None:
        """Nothing of a shard is read until its places are sought again."""
        self._at = {place: offset for place, offset in self._at.items() if place[1] != shard}

    def seek_to_end(self) -> None:
        """From now on it reads what is appended from now on."""
        for topic in self._topics:
            for shard in self._shards:
                self.seek((topic, shard), self._log.end(topic, shard))

    def poll(self, timeout: float) -> Sequence[Record]:
        """What is there; OutOfRange if a place does not hold what is to be read next, Broken if the log is."""
        self._log.wait(timeout, lambda: bool(self._waiting()))
        waiting = self._waiting()
        polled: list[Record] = []
        for i, place in enumerate(waiting):
            share = (POLLED - len(polled)) // (len(waiting) - i)
            records = self._log.read(*place, self._at[place], max(1, share))
            self._at[place] += len(records)
            polled += records
        return polled

    def commit(self, positions: Mapping[Place, int]) -> None:
        """Tells the log how far all is saved, for the display of lag and for trimming."""
        self._log.commit(self._group, positions)

    def close(self) -> None:
        self._at.clear()

    def _waiting(self) -> list[Place]:
        return [place for place, offset in self._at.items() if self._log.end(*place) != offset]

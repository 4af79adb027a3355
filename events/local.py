"""The local log: the port Log in one process over one SQLite file. Used on a laptop, and wherever a test needs a log.

`append` encodes in the caller and returns; one thread commits whatever is pending in one transaction after another, and
only then readers see it: what they were given is never taken back by a crash (local_commit.py: nor, of the inbox, by a
failure of the power).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from events import packed
from events.event import Event
from events.local_commit import Commits
from events.local_file import File, Kept, Row
from events.local_reader import LocalReader
from events.local_tail import Tail
from events.log import Broken, OutOfRange, Place, Record, Unusable
from events.readings import Readings

__all__ = ["Broken", "LocalLog", "Unusable"]

_TOPIC = re.compile(r"[a-z][a-z0-9._-]*")


def now() -> int:
    """µs UTC. It is only ever written beside a record, so that old ones can be found."""
    return time.time_ns() // 1000


@dataclass
class _Shard:
    """Of one topic and shard: what is kept (begin to below end), the offset that the next append gets, and the tail."""

    begin: int = 0
    end: int = 0
    next: int = 0
    tail: Tail = field(default_factory=Tail)


class LocalLog:
    """Implements events.log.Log. Any thread may use it; a reader belongs to one thread.

    Unusable if another process has the folder, or it was made for another number of shards or by another version.
    """

    def __init__(self, folder: Path, shards: int, clock: Callable[[], int] = now) -> None:
        self.shards, self._clock = shards, clock
        self._file = File(folder, shards)
        found = self._file.places()
        self._places = {place: _Shard(begin, end, end) for place, (begin, end) in found.items()}
        self._positions = self._file.positions()
        self._commits = Commits(self._file, self._committed)

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None:
        """Puts events at the end of a topic and shard. Malformed if one has no form on the wire: none is appended."""
        if not _TOPIC.fullmatch(topic) or shard not in range(self.shards):
            raise ValueError(f"no such topic and shard: {topic!r}, {shard}; this log has {self.shards} shards")
        encoded = [(*packed.write(event), _shared(event)) for event in events]
        with self._commits.held:
            self._commits.room()
            held, appended = self._places.setdefault((topic, shard), _Shard()), self._clock()
            self._commits.put([
                Kept((topic, shard), held.next + i, appended, msgspec.json.encode(attributes), body, event)
                for i, (attributes, body, event) in enumerate(encoded)
            ])  # fmt: skip
            held.next += len(encoded)

    def flush(self) -> None:
        """Returns when all that was appended before is on the disk. Broken if it cannot be."""
        self._commits.flush()

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> LocalReader:
        """A reader of all shards, or of those given: locally no two readers share a group."""
        return LocalReader(self, group, topics, frozenset(range(self.shards) if shards is None else shards))

    def read(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records from `offset` on; none at the end. OutOfRange below `begin` and beyond `end`."""
        place = (topic, shard)
        with self._commits.held:
            held = self._places.get(place, _Shard())
            _in_range(place, offset, held)
            records = held.tail.read(offset, limit) if offset < held.end else []
        if records is not None:
            return records
        rows = self._file.rows(place, offset, limit)
        if not rows or rows[0].offset != offset:
            _in_range(place, offset, held)  # it may have been trimmed in between
            raise OutOfRange(f"{topic}/{shard} has lost offset {offset}: {self._file.path} is damaged, restore it")
        return [_decoded(place, row) for at, row in enumerate(rows, offset) if row.offset == at < held.end]

    def begin(self, topic: str, shard: int) -> int:
        """The first offset that is still kept."""
        held = self._places.get((topic, shard))
        return held.begin if held is not None else 0

    def end(self, topic: str, shard: int) -> int:
        """The offset that the next record will have that readers see."""
        held = self._places.get((topic, shard))
        return held.end if held is not None else 0

    def wait(self, timeout: float, ready: Callable[[], bool]) -> None:
        """Waits until `ready` says so, asked whenever something was committed. Broken if nothing ever will."""
        self._commits.wait(timeout, ready)

    def commit(self, group: str, positions: Mapping[Place, int]) -> None:
        """Notes how far a group has saved."""
        said = {(group, place): position for place, position in positions.items()}
        with self._commits.held:
            self._positions |= said
            self._commits.say(said)

    def positions(self) -> Mapping[tuple[str, Place], int]:
        """(group, place) → how far that group has saved: for the display of lag, and for trimming."""
        with self._commits.held:
            return dict(self._positions)

    def look(self) -> None:
        """It is in this process: there is nothing to look for."""

    def trouble(self) -> str | None:
        """None: what is wrong with it ends the process."""

    def lag(self) -> Mapping[tuple[str, Place], int]:
        """(group, place) → records not yet saved by that group."""
        return {(group, place): self.end(*place) - at for (group, place), at in self.positions().items()}

    def trim(self, topic: str, shard: int, before: int) -> None:
        """Lets go of the records below an offset; the caller has seen to it that nobody needs them."""
        with self._commits.held:
            held = self._places.get((topic, shard))
            if held is None or before <= held.begin:
                return
            begin, held.begin = held.begin, min(before, held.end)
            self._commits.trim((topic, shard), begin, held.begin)

    def offset_at(self, topic: str, shard: int, time: int) -> int:
        """The first offset that was appended at or after a time (µs UTC); the end if there is none."""
        low, high = self.begin(topic, shard), self.end(topic, shard)
        while low < high:
            middle = (low + high) // 2
            appended = self._file.appended((topic, shard), middle)
            low, high = (middle + 1, high) if appended is None or appended < time else (low, middle)
        return low

    def size(self) -> int:
        """Bytes on disk."""
        return self._file.size()

    def close(self) -> None:
        """Writes what is pending and lets go of the folder."""
        self._commits.close()
        self._file.close()

    def _committed(self, records: Sequence[Kept]) -> None:
        for kept in records:
            held = self._places[kept.place]
            held.end = kept.offset + 1
            held.tail.add(Record(*kept.place, kept.offset, kept.event), kept.size)


def _shared(event: Event) -> Event:
    """The event as its readers get it: as if it came from the file, with nothing that one of them could change."""
    if isinstance(event.data, Readings):
        event.data.freeze()
    return replace(event, writer="", count=0) if event.writer or event.count else event


def _decoded(place: Place, row: Row) -> Record:
    try:
        attributes = msgspec.json.decode(row.attributes, type=dict[str, str])
        return Record(*place, row.offset, packed.read(attributes, row.body))
    except ValueError as error:
        raise ValueError(f"{place[0]}/{place[1]}, offset {row.offset}, cannot be read: {error}") from error


def _in_range(place: Place, offset: int, held: _Shard) -> None:
    if not held.begin <= offset <= held.end:
        raise OutOfRange(
            f"{place[0]}/{place[1]} holds offsets {held.begin} to below {held.end}, not {offset}: "
            "the log and what was saved of it do not belong together; restore both, or start with both anew",
            place,
        )

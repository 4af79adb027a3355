"""The port of the log: topics of SHARDS partitions each, where events are kept in order. Implemented by local.py
and kafka.py; used by the loop (stream.py), the edges and the web APIs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol
from zlib import crc32

from events.event import Event

Place = tuple[str, int]
"""A topic and a shard."""


class Record(NamedTuple):
    """An event where it is kept. `offset` counts from 0 in its topic and shard."""

    topic: str
    shard: int
    offset: int
    event: Event


class OutOfRange(Exception):
    """A position that the log no longer (or not yet) holds; the shard stops with this line, it never jumps."""

    def __init__(self, why: str, place: Place | None = None) -> None:
        super().__init__(why)
        self.place = place


class Broken(Exception):
    """The log cannot be written: what was appended may not be durable, and the process should end."""


class Unusable(Exception):
    """The log cannot be opened: in use, away, or made for another number of shards or by another version."""


class Reader(Protocol):
    """Reads some topics of the shards it is given. One thread uses it.

    session: seconds of silence after which its shards may be another's (0: nobody shares a group). grace: seconds for
    which an owner that lost a shard may still write what it has begun.
    """

    session: float
    grace: float

    def shards(self) -> frozenset[int]:
        """The shards that this reader has now; may change between two polls where readers share a group."""

    def seek(self, place: Place, offset: int) -> None:
        """Where the next poll reads this topic and shard. Must be said once for every place, else it is not read."""

    def seek_to_end(self) -> None:
        """All places are read from here on: what is appended from now on."""

    def pause(self, shard: int) -> None:
        """Nothing of a shard is read until its places are sought again."""

    def poll(self, timeout: float) -> Sequence[Record]:
        """What is there, each place in order; waits up to `timeout` seconds if there is nothing. Moves on by what
        it gave."""

    def commit(self, positions: Mapping[Place, int]) -> None:
        """Tells the outside (KEDA, lag tools) how far all is saved; never read back."""

    def close(self) -> None: ...


class Log(Protocol):
    """`append` keeps order and skips nothing; what is appended is durable only after `flush`."""

    shards: int

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None: ...

    def flush(self) -> None:
        """Returns when all that was appended before is durable. An error means that the process should end."""

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> Reader:
        """A reader of `group`; with `shards`, of these and no group at all (live, tests)."""

    def read(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records from `offset` on, for catching up and replay. OutOfRange below `begin`."""

    def begin(self, topic: str, shard: int) -> int:
        """The first offset that is still kept."""

    def end(self, topic: str, shard: int) -> int:
        """The offset that the next durable record will have."""

    def close(self) -> None: ...


class HostedLog(Log, Protocol):
    """A log as its host sees it (functions/app.py)."""

    def look(self) -> None:
        """Sees whether the log is there; asked now and then, and may take some seconds."""

    def trouble(self) -> str | None:
        """What is wrong with it, in a line."""

    def lag(self) -> Mapping[tuple[str, Place], int]:
        """(group, place) → records not yet saved by that group, as far as this process knows."""

    def size(self) -> int | None:
        """Bytes on disk, where they are here."""


def shard_of(tenant: str, device: str, shards: int) -> int:
    """The shard of a device: a hash that is the same everywhere and for ever."""
    return crc32(f"{tenant}/{device}".encode()) % shards

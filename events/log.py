"""The port of the log: topics of SHARDS partitions each, where events are kept in order. Implemented by local.py
(and Kafka); used by the loop (stream.py), the edges and the web APIs."""

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


class Reader(Protocol):
    """Reads some topics of the shards it is given. One thread uses it."""

    def shards(self) -> frozenset[int]:
        """The shards that this reader has now; may change between two polls where readers share a group."""

    def seek(self, place: Place, offset: int) -> None:
        """Where the next poll reads this topic and shard. Must be said once for every place, else it is not read."""

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
        """Returns when all that this thread appended is durable. An error means that the process should end."""

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> Reader:
        """A reader of `group`; with `shards`, of these and no group at all (live, tests)."""

    def read(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records from `offset` on, for catching up and replay. OutOfRange below `begin`."""

    def begin(self, topic: str, shard: int) -> int:
        """The first offset that is still kept."""

    def end(self, topic: str, shard: int) -> int:
        """The offset that the next durable record will have."""

    def close(self) -> None: ...


def shard_of(tenant: str, device: str, shards: int) -> int:
    """The shard of a device: a hash that is the same everywhere and for ever."""
    return crc32(f"{tenant}/{device}".encode()) % shards

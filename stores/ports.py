"""The ports of the stores, at the height of the platform's verbs. Implemented beside this file, wired in
functions/app.py.

Over budget: whoever writes a store or asks one finds all that it must do in one place.

A store may raise `events.handler.Retry` where it is away; a refusal that `refuses` did not foretell is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from events.blob import Part
from events.readings import Readings

Width = Literal["1m", "1h"]
WIDTHS: Mapping[Width, int] = {"1m": 60_000_000, "1h": 3_600_000_000}
"""Widths of rollups in µs."""

Table = Literal["raw", "1m", "1h"]
"""What is kept of series: readings, and rollups by width."""

Names = Sequence[tuple[str, str]]
"""device, metric."""
Bucket = tuple[str, str, int]
"""device, metric, start (µs UTC, a multiple of the width)."""


class Origin(NamedTuple):
    """Where rows come from: the tenant and shard, and the inbox offset of their event. Offsets only grow within a
    shard, so a store that appends skips what stands at or below the last one it holds."""

    tenant: str
    shard: int
    offset: int


@dataclass(frozen=True, slots=True)
class Rollups:
    """Closed buckets in columns: one row a (device, metric, start). `first` and `last` are by time, of equal times
    the one later in the log; sum is added in the order of time, one reading after another."""

    device: Sequence[str]
    metric: Sequence[str]
    start: NDArray[np.int64]
    first: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    last: NDArray[np.float64]
    sum: NDArray[np.float64]
    count: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)


class Stored(NamedTuple):
    """One stored reading, the winner of its identity. Times in µs UTC."""

    device: str
    metric: str
    time: int
    received: int
    value: float
    text: str | None
    late: bool
    revised: bool


@dataclass(frozen=True, slots=True)
class Points:
    """A series in columns. Raw: `time` (µs) and `last` only; buckets: all, `time` being the start."""

    time: NDArray[np.int64]
    last: NDArray[np.float64]
    first: NDArray[np.float64] | None = None
    min: NDArray[np.float64] | None = None
    max: NDArray[np.float64] | None = None
    count: NDArray[np.int64] | None = None
    sum: NDArray[np.float64] | None = None


class Series(Protocol):
    """History. What is buffered is written by `flush`, rows, rollups and position of a shard in one transaction."""

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]:
        """Rows that this store could not keep, with the reason: a pure function of each row."""

    def append(self, origin: Origin, readings: Readings) -> None:
        """Buffers rows; the row of an event is its index here. One that takes the place of text by a number, or the
        other way round, is late or revised, as validate says."""

    def roll(self, origin: Origin, width: Width, rollups: Rollups) -> None:
        """Buffers closed buckets, sums of rows that came whole and in order; skipped on a repeat, as the rows are."""

    def dirty(self, origin: Origin, width: Width, buckets: Iterable[Bucket]) -> None:
        """Buckets to compute from raw at the flush, never skipped."""

    def flush(self, shard: int) -> None: ...

    def discard(self, shard: int) -> None:
        """Throws away what is buffered for a shard."""

    def settled(self, shard: int) -> bool:
        """Whether a flush left nothing behind."""

    def readings(
        self, tenant: str, device: str, metric: str | None, start: int, stop: int, after: tuple[int, str] | None,
        limit: int,
    ) -> Sequence[Stored]:  # fmt: skip
        """Winners of start ≤ time < stop, ordered by (time, metric), those after the pair `after`."""

    def raw(self, tenant: str, device: str, metric: str, start: int, stop: int, limit: int) -> Points:
        """Numeric winners in order of time; at most `limit + 1`, so that the caller sees if there are more."""

    def buckets(self, tenant: str, device: str, metric: str, start: int, stop: int, step: int) -> Points:
        """Raw rows drawn together into buckets of `step` µs aligned to 0; empty ones are left out."""

    def rolled(self, tenant: str, device: str, metric: str, width: Width, start: int, stop: int, step: int) -> Points:
        """Rollups drawn together into buckets of `step` µs (a multiple of the width)."""

    def each_raw(self, tenant: str, names: Names, start: int, stop: int, limit: int) -> Sequence[Points]:
        """`raw`, `buckets` and `rolled` of several series: on a server, one question instead of many."""

    def each_buckets(self, tenant: str, names: Names, start: int, stop: int, step: int) -> Sequence[Points]: ...

    def each_rolled(
        self, tenant: str, names: Names, width: Width, start: int, stop: int, step: int
    ) -> Sequence[Points]: ...  # fmt: skip

    def across(self, tenant: str, metric: str, table: Table, start: int, stop: int, step: int) -> Points:
        """One metric of all devices drawn together into buckets of `step` µs (a multiple of the width), from raw rows
        or from rollups whose start lies in the range. `first` and `last` say nothing."""

    def latest(self, tenant: str, devices: Sequence[str] | None = None) -> Mapping[str, Mapping[str, Stored]]:
        """device → metric → the reading with the highest time."""

    def metrics(self, tenant: str, device: str | None = None) -> Sequence[str]: ...

    def trim(self, tenant: str, table: Table, before: int) -> None:
        """Removes what is older than `before` (µs); of raw, up to two hours more may stay, so that no rollup is
        computed from a part of its bucket."""

    def compact(self) -> None:
        """Sorts by series and time and removes what a later row of the log has replaced; the answers stay the same."""

    def size(self) -> int:
        """Bytes on disk."""

    def close(self) -> None: ...


class Conflict(Exception):
    """A document is not at the revision that was expected."""


class Document(NamedTuple):
    """revision: grows by one with every `put`, or is the version that `upsert` was given."""

    id: str
    revision: int
    body: Mapping[str, Any]


class Versioned(NamedTuple):
    """A whole document for `upsert`."""

    tenant: str
    id: str
    version: int
    body: Mapping[str, Any]


class Documents(Protocol):
    """Whole documents by (collection, tenant, id). Nothing is incremented or pushed in place."""

    def get(self, collection: str, tenant: str, id: str) -> Document | None: ...

    def put(self, collection: str, tenant: str, id: str, body: Mapping[str, Any], expect: int) -> int:
        """Writes if the document stands at revision `expect` (0: there is none); returns the new one. Else Conflict."""

    def delete(self, collection: str, tenant: str, id: str, expect: int) -> None:
        """Removes a document that stands at revision `expect`. Conflict otherwise."""

    def upsert(self, collection: str, documents: Iterable[Versioned]) -> None:
        """Writes each that has a higher version than what is there; durable on return."""

    def find(
        self, collection: str, tenant: str, where: Mapping[str, Any], order: str = "id", descending: bool = False,
        after: str | None = None, limit: int = 100,
    ) -> tuple[Sequence[Document], str | None]:  # fmt: skip
        """Documents whose fields (`a.b`: a field of a field) equal `where` (a list: any of; None: it is null or not
        there; `{"field>=": x}` and `{"field<": x}`: ranges), in order of `order`, then id; with the cursor of the
        next page, None at the end. What lacks the field comes first, and last when descending. ValueError: a cursor
        of another list."""

    def count(self, collection: str, tenant: str, where: Mapping[str, Any]) -> int: ...

    def tenants(self, collection: str) -> Sequence[str]: ...

    def close(self) -> None: ...


class Objects(Protocol):
    """Blobs by name (`states/…`, `archive/…`). A put is whole or not at all."""

    def put(self, name: str, body: Part) -> None: ...

    def get(self, name: str) -> bytes | None: ...

    def names(self, prefix: str) -> Sequence[str]:
        """Sorted."""

    def delete(self, name: str) -> None: ...

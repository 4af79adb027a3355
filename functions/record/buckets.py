"""Open buckets of one width: sums of the readings of each series, until the series or the clock has passed them.
Used by handler.py; kept in the function's table, one row a series.

A series has at most one open bucket, `at`, its newest. A reading before it, or in it once it is closed, cannot be added
to a sum in order: its bucket is dirty at once. A late or revised reading in it makes it dirty at its close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.state import Column, Table
from stores.ports import WIDTHS, Bucket, Rollups, Width

SUMS = {
    "first": Column("f8", np.nan),
    "min": Column("f8", np.inf),
    "max": Column("f8", -np.inf),
    "last": Column("f8", np.nan),
    "sum": Column("f8"),
    "count": Column("i8"),
    "dirty": Column("?", False),
}
COLUMNS = {"at": Column("i8", -1), "open": Column("?", False), **SUMS}
"""at: the bucket as time // width."""

BY_SERIES = 1 << 40
"""More than any time // width: bucket + BY_SERIES × series sorts by series, then bucket."""


class Batch(NamedTuple):
    """Readings in the order of their series and, within one, as they came.

    row: of the table. time: µs. value: NaN for text. dirties: late or revised.
    """

    row: NDArray[np.int64]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    dirties: NDArray[np.bool_]


class Closed(NamedTuple):
    """Buckets by row of the table, with the entry each has in `sums`."""

    row: NDArray[np.int64]
    at: NDArray[np.int64]
    sums: dict[str, NDArray[Any]]

    def where(self, mask: NDArray[np.bool_]) -> Closed:
        """Some of them."""
        return Closed(self.row[mask], self.at[mask], {name: column[mask] for name, column in self.sums.items()})


def columns() -> dict[str, Column]:
    """The columns of all widths, for the layout."""
    return {f"{name}_{width}": column for width in WIDTHS for name, column in COLUMNS.items()}


class Buckets:
    """The buckets of one width within the table of series."""

    def __init__(self, table: Table, width: Width) -> None:
        self._table, self.width = table, width
        self._us = WIDTHS[width]

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self._table[f"{column}_{self.width}"]

    def is_open(self) -> NDArray[np.bool_]:
        """Which rows of the table have an open bucket."""
        opened: NDArray[np.bool_] = self["open"][: len(self._table)]
        return opened

    def add(self, batch: Batch) -> tuple[list[Closed], Closed]:
        """Adds readings, each series in row order; gives the buckets that closed, and those that are dirty at once."""
        bucket = batch.time // self._us
        newest = self._newest(batch.row, bucket)
        shut = (newest == self["at"][batch.row]) & ~self["open"][batch.row]
        live = (bucket == newest) & ~shut
        closed = self._add_live(Batch(*(column[live] for column in batch)), bucket[live]) if live.any() else []
        return closed, Closed(batch.row[~live], bucket[~live], {})

    def pass_by(self, clock: int, grace: int) -> Closed:
        """Closes the buckets whose end the clock has passed by `grace` (µs)."""
        at = self["at"][: len(self._table)]
        rows = np.flatnonzero(self.is_open() & ((at + 1) * self._us + grace <= clock))
        closed = Closed(rows, at[rows], {name: self[name][rows] for name in SUMS})
        self["open"][rows] = False
        return closed

    def _newest(self, row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
        """The newest bucket of the series, this reading's included, at each reading."""
        series = _rank(row) * BY_SERIES
        return np.maximum.accumulate(series + np.maximum(bucket, self["at"][row]) + 1) - series - 1

    def _add_live(self, batch: Batch, bucket: NDArray[np.int64]) -> list[Closed]:
        """Adds readings each of which stands in its series' newest bucket; gives the buckets that closed."""
        start = _starts(batch.row, bucket)
        row, at = batch.row[start], bucket[start]
        goes_on = self["open"][row] & (self["at"][row] == at)
        sums = {name: np.where(goes_on, self[name][row], column.fill) for name, column in SUMS.items()}
        _sum_up(sums, np.cumsum(start) - 1, batch)
        first, last = _ends(row)
        left = row[first & ~goes_on & self["open"][row]]
        before = Closed(left, self["at"][left], {name: self[name][left] for name in SUMS})
        passed = Closed(row[~last], at[~last], {name: column[~last] for name, column in sums.items()})
        self._open(Closed(row[last], at[last], {name: column[last] for name, column in sums.items()}))
        return [before, passed]

    def _open(self, buckets: Closed) -> None:
        self["at"][buckets.row], self["open"][buckets.row] = buckets.at, True
        for name, column in buckets.sums.items():
            self[name][buckets.row] = column

    def by_tenant(self, closed: Closed) -> Iterator[tuple[str, Closed]]:
        """Buckets tenant by tenant; nothing if there are none."""
        tenants = [self._table.keys[i][0] for i in closed.row.tolist()]
        for tenant in dict.fromkeys(tenants):
            yield tenant, closed.where(np.array([other == tenant for other in tenants]))

    def rollups(self, closed: Closed) -> Rollups:
        """Clean buckets as the store takes them."""
        device, metric = self._names(closed.row)
        sums = [closed.sums[name] for name in ("first", "min", "max", "last", "sum", "count")]
        return Rollups(device, metric, closed.at * self._us, *sums)

    def named(self, closed: Closed) -> list[Bucket]:
        """Dirty buckets as the store takes them, each once."""
        device, metric = self._names(closed.row)
        return list(dict.fromkeys(zip(device, metric, (closed.at * self._us).tolist(), strict=True)))

    def _names(self, row: NDArray[np.int64]) -> tuple[Sequence[str], Sequence[str]]:
        keys = [self._table.keys[i] for i in row.tolist()]
        return [key[1] for key in keys], [key[2] for key in keys]


def _rank(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for the readings of the first series of a batch, 1 for those of the second, …"""
    rank = np.zeros(len(row), np.int64)
    np.cumsum(row[1:] != row[:-1], out=rank[1:])
    return rank


def _starts(row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the readings of a bucket begin."""
    start = np.ones(len(row), np.bool_)
    start[1:] = (row[1:] != row[:-1]) | (bucket[1:] != bucket[:-1])
    return start


def _ends(row: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which entry is the first of its series, and which the last."""
    first = np.ones(len(row), np.bool_)
    first[1:] = row[1:] != row[:-1]
    return first, np.append(first[1:], True)


def _sum_up(sums: dict[str, NDArray[Any]], group: NDArray[np.int64], batch: Batch) -> None:
    """Adds each reading to its group, strictly one after another: the same bits however they came in batches."""
    number = ~np.isnan(batch.value)
    at, value = group[number], batch.value[number]
    fresh = sums["count"][at] == 0
    sums["first"][at[fresh][::-1]] = value[fresh][::-1]
    sums["last"][at] = value
    np.minimum.at(sums["min"], at, value)
    np.maximum.at(sums["max"], at, value)
    np.add.at(sums["sum"], at, value)
    np.add.at(sums["count"], at, 1)
    sums["dirty"][group[batch.dirties]] = True

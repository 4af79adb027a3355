"""Open buckets of one width: sums of the readings of each series, until the series or the clock has passed them.
Used by handler.py; kept in the function's table, one row a series.

A series has at most one open bucket, `at`, its newest. A reading before it, or in it once it is closed, cannot be added
to a sum in order: its bucket is dirty at once. A late or revised reading in it makes it dirty at its close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from events.state import Column, Table
from functions.record.batch import Batch, Closed, ends, rank, starts
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

NAMES = {width: {name: f"{name}_{width}" for name in COLUMNS} for width in WIDTHS}
NOTHING = np.empty(0, np.int64)
BY_SERIES = 1 << 40
"""More than any time // width: bucket + BY_SERIES × series sorts by series, then bucket."""


def columns() -> dict[str, Column]:
    """The columns of all widths, for the layout."""
    return {f"{name}_{width}": column for width in WIDTHS for name, column in COLUMNS.items()}


class Buckets:
    """The buckets of one width within the table of series, as long as no row is added to that."""

    def __init__(self, table: Table, width: Width) -> None:
        self._table, self.width = table, width
        self._us = WIDTHS[width]
        self._columns = {name: table[column] for name, column in NAMES[width].items()}

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self._columns[column]

    def is_open(self) -> NDArray[np.bool_]:
        """Which rows of the table have an open bucket."""
        opened: NDArray[np.bool_] = self["open"][: len(self._table)]
        return opened

    def add(self, batch: Batch, single: bool) -> tuple[list[Closed], Closed]:
        """Adds readings, each series in row order; gives the buckets that closed, and those that are dirty at once."""
        bucket = batch.time // self._us
        if single:
            return self._add_single(batch, bucket)
        newest = self._newest(batch.row, bucket)
        shut = (newest == self["at"][batch.row]) & ~self["open"][batch.row]
        live = (bucket == newest) & ~shut
        closed = self._add_live(batch.where(live), bucket[live]) if live.any() else []
        return closed, Closed(batch.row[~live], bucket[~live], {})

    def pass_by(self, clock: int, grace: int) -> Closed:
        """Closes the buckets whose end the clock has passed by `grace` (µs)."""
        at = self["at"][: len(self._table)]
        rows = np.flatnonzero(self.is_open() & ((at + 1) * self._us + grace <= clock))
        closed = Closed(rows, at[rows], {name: self[name][rows] for name in SUMS})
        self["open"][rows] = False
        return closed

    def _add_single(self, batch: Batch, bucket: NDArray[np.int64]) -> tuple[list[Closed], Closed]:
        """The same where every series has one reading at most: what most batches are, at a third of the cost."""
        at, opened = self["at"][batch.row], self["open"][batch.row]
        ahead = bucket > at
        live, closed, dirty = ahead | (opened & (bucket == at)), [], Closed(NOTHING, NOTHING, {})
        if not live.all():
            dirty = Closed(batch.row[~live], bucket[~live], {})
        if ahead.any():
            left = batch.row[ahead & opened]
            closed = [Closed(left, self["at"][left], {name: self[name][left] for name in SUMS})]
            self._begin(batch.row[ahead], bucket[ahead])
        self._go_on(batch if live.all() else batch.where(live))
        return closed, dirty

    def _begin(self, row: NDArray[np.int64], bucket: NDArray[np.int64]) -> None:
        self["at"][row], self["open"][row] = bucket, True
        for name, column in SUMS.items():
            self[name][row] = column.fill

    def _go_on(self, batch: Batch) -> None:
        """One reading more in each of these open buckets."""
        self["dirty"][batch.row[batch.dirties]] = True
        number = ~np.isnan(batch.value)
        row, value = (batch.row, batch.value) if number.all() else (batch.row[number], batch.value[number])
        count = self["count"][row]
        fresh = count == 0
        self["first"][row[fresh]] = value[fresh]
        self["last"][row], self["count"][row] = value, count + 1
        self["min"][row] = np.minimum(self["min"][row], value)
        self["max"][row] = np.maximum(self["max"][row], value)
        self["sum"][row] += value

    def _newest(self, row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
        """The newest bucket of the series, this reading's included, at each reading."""
        series = rank(row) * BY_SERIES
        return np.maximum.accumulate(series + np.maximum(bucket, self["at"][row]) + 1) - series - 1

    def _add_live(self, batch: Batch, bucket: NDArray[np.int64]) -> list[Closed]:
        """Adds readings each of which stands in its series' newest bucket; gives the buckets that closed."""
        start = starts(batch.row, bucket)
        row, at = batch.row[start], bucket[start]
        goes_on = self["open"][row] & (self["at"][row] == at)
        sums = {name: np.where(goes_on, self[name][row], column.fill) for name, column in SUMS.items()}
        _sum_up(sums, np.cumsum(start) - 1, batch)
        first, last = ends(row)
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
        different = dict.fromkeys(tenants)
        for tenant in different:
            one = len(different) == 1
            yield tenant, closed if one else closed.where(np.array([other == tenant for other in tenants]))

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

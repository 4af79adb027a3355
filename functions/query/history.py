"""One series over time, drawn together into a grid: from the widest rollups that fit, and from raw rows where these
are not closed yet. Used by charts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from functions.query.ladder import Grid
from functions.request import LATEST
from stores.ports import WIDTHS, Points, Series, Stored, Width

Source = Literal["raw", "rollup:1m", "rollup:1h"]
ROLLED: dict[Source, tuple[Width, ...]] = {"raw": (), "rollup:1m": ("1m",), "rollup:1h": ("1h", "1m")}
"""Source → its rollups, the widest first; each is continued by the next, the last by raw rows."""

BEHIND_TEXT = 5
"""So many buckets before a text a series may have an open one: text passes none."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Dense columns over a grid: NaN, and count 0, where there is nothing."""

    first: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]


class One:
    """A series and its newest reading (None: it has none)."""

    def __init__(self, series: Series, tenant: str, device: str, metric: str, newest: Stored | None) -> None:
        self._series, self._name, self.newest = series, (tenant, device, metric), newest

    def raw(self, start: int, stop: int, limit: int) -> Points:
        """Numbers of start ≤ time < stop."""
        return self._series.raw(*self._name, start, stop, limit)

    def buckets(self, grid: Grid, source: Source) -> Buckets:
        """The grid, complete up to the newest reading."""
        return _dense(grid, list(self._pieces(grid, ROLLED[source])))

    def rollups(self, grid: Grid, width: Width) -> Buckets:
        """The grid from closed rollups alone."""
        return _dense(grid, [self._series.rolled(*self._name, width, grid.start, grid.stop, grid.step)])

    def _pieces(self, grid: Grid, widths: Sequence[Width]) -> Iterator[Points]:
        start = grid.start
        for width in widths:
            end = min(self._closed(width), grid.stop)
            if start < end:
                yield self._series.rolled(*self._name, width, start, end, grid.step)
                start = end
        if start < grid.stop and self.newest is not None and start <= self.newest.time:
            yield self._series.buckets(*self._name, start, grid.stop, grid.step)

    def _closed(self, width: Width) -> int:
        """Up to where all buckets are closed: only a series' newest may be open, and none if that is kept no more."""
        if self.newest is None:
            return LATEST
        us = WIDTHS[width]
        newest = self.newest.time // us * us
        if len(self._series.rolled(*self._name, width, newest, newest + us, us).time):
            return newest + us
        return newest if self.newest.text is None else newest - BEHIND_TEXT * us


def _dense(grid: Grid, pieces: Sequence[Points]) -> Buckets:
    """Pieces in order of time; two may share the bucket where they meet."""
    nothing = np.full(grid.n, np.nan)
    first, low, high, last = nothing.copy(), nothing.copy(), nothing.copy(), nothing
    count = np.zeros(grid.n, np.int64)
    for piece in pieces:
        if piece.first is None or piece.min is None or piece.max is None or piece.count is None:
            raise ValueError("a series store gave raw points where buckets were asked for")
        at = (piece.time - grid.start) // grid.step
        first[at] = np.where(count[at] > 0, first[at], piece.first)
        low[at], high[at] = np.fmin(low[at], piece.min), np.fmax(high[at], piece.max)
        last[at] = piece.last
        count[at] += piece.count
    return Buckets(first, low, high, last, count)

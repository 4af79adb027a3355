"""`/series?devices=*&over=devices`: mean, least and most of one metric over all devices, bucket by bucket. Used by
charts.py.

From the widest rollups that fit, up to where the clock says that they are closed and written, and from raw rows after
that. The mean is that of all readings: who tells more weighs more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.query.history import ROLLED, Source
from functions.query.ladder import Grid
from stores.ports import WIDTHS, Points, Series, Table

WRITTEN = 300_000_000
"""µs of the clock behind the end of a bucket: it is closed after 2 min, and written seconds later."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Dense columns over a grid: NaN, and count 0, where no device told anything."""

    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    count: NDArray[np.int64]


def spread(series: Series, whose: tuple[str, str], grid: Grid, source: Source, clock: int) -> Spread:
    """whose: tenant and metric. clock: of the log, µs; 0 before its first tick."""
    pieces: list[Points] = []
    start = grid.start
    for width in ROLLED[source]:
        closed = max(clock - WRITTEN, 0) // WIDTHS[width] * WIDTHS[width]
        pieces += _piece(series, whose, width, (start, min(closed, grid.stop)), grid.step)
        start = max(start, min(closed, grid.stop))
    return _dense(grid, [*pieces, *_piece(series, whose, "raw", (start, grid.stop), grid.step)])


def rolled(series: Series, whose: tuple[str, str], grid: Grid, source: Source) -> Spread:
    """From the rollups that were asked for by name alone."""
    return _dense(grid, _piece(series, whose, ROLLED[source][0], (grid.start, grid.stop), grid.step))


def _piece(
    series: Series, whose: tuple[str, str], table: Table, span: tuple[int, int], step: int
) -> list[Points]:  # fmt: skip
    return [series.across(*whose, table, *span, step)] if span[0] < span[1] else []


def _dense(grid: Grid, pieces: list[Points]) -> Spread:
    """Two pieces may share the bucket where they meet."""
    low, high, total = np.full(grid.n, np.nan), np.full(grid.n, np.nan), np.zeros(grid.n)
    count = np.zeros(grid.n, np.int64)
    for piece in pieces:
        if piece.min is None or piece.max is None or piece.sum is None or piece.count is None:
            raise ValueError("a series store gave raw points where buckets were asked for")
        at = (piece.time - grid.start) // grid.step
        low[at], high[at] = np.fmin(low[at], piece.min), np.fmax(high[at], piece.max)
        total[at] += piece.sum
        count[at] += piece.count
    mean = np.divide(total, count, out=np.full(grid.n, np.nan), where=count > 0)
    return Spread(mean, low, high, count)

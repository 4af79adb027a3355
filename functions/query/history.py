"""Series over time, drawn together into a grid: from the widest rollups that fit, and from raw rows where these
are not closed yet. Used by charts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.query.ladder import Grid
from functions.request import LATEST
from stores.ports import WIDTHS, Names, Points, Series, Stored, Width

T = TypeVar("T")

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


class Several:
    """Some series and the newest reading of each (None: it has none). Those that are asked for the same range are asked
    for at once."""

    def __init__(self, series: Series, tenant: str, names: Names, newest: Sequence[Stored | None]) -> None:
        self._series, self._tenant, self._names, self.newest = series, tenant, names, newest

    def raw(self, start: int, stop: int, limit: int) -> Sequence[Points]:
        """Numbers of start ≤ time < stop."""
        return self._series.each_raw(self._tenant, self._names, start, stop, limit)

    def buckets(self, grid: Grid, source: Source) -> list[Buckets]:
        """The grid, complete up to the newest reading of each."""
        return [_dense(grid, pieces) for pieces in self._pieces(grid, ROLLED[source])]

    def rollups(self, grid: Grid, width: Width) -> list[Buckets]:
        """The grid from closed rollups alone."""
        found = self._series.each_rolled(self._tenant, self._names, width, grid.start, grid.stop, grid.step)
        return [_dense(grid, [points]) for points in found]

    def _pieces(self, grid: Grid, widths: Sequence[Width]) -> list[list[Points]]:
        pieces: list[list[Points]] = [[] for _ in self._names]
        starts = [grid.start] * len(pieces)
        for width in widths:
            ends = [max(start, min(end, grid.stop)) for start, end in zip(starts, self._closed(width), strict=True)]
            for at, points in self._rolled(width, list(zip(starts, ends, strict=True)), grid.step):
                pieces[at].append(points)
            starts = ends
        open_ = [start if self._reaches(at, start, grid) else None for at, start in enumerate(starts)]
        for start, some in _alike(open_):
            found = self._series.each_buckets(self._tenant, self._named(some), start, grid.stop, grid.step)
            for at, points in zip(some, found, strict=True):
                pieces[at].append(points)
        return pieces

    def _reaches(self, at: int, start: int, grid: Grid) -> bool:
        newest = self.newest[at]
        return start < grid.stop and newest is not None and start <= newest.time

    def _closed(self, width: Width) -> list[int]:
        """Up to where all buckets are closed: only a series' newest may be open, and none if that is kept no more."""
        us = WIDTHS[width]
        opens = [held.time // us * us if held is not None else None for held in self.newest]
        ends = [LATEST if start is None else start for start in opens]
        spans = [(start, start + us) if start is not None else (0, 0) for start in opens]
        shut = {at for at, points in self._rolled(width, spans, us) if len(points.time)}
        for at, held in enumerate(self.newest):
            if at in shut:
                ends[at] += us
            elif held is not None and held.text is not None:
                ends[at] -= BEHIND_TEXT * us
        return ends

    def _rolled(self, width: Width, spans: Sequence[tuple[int, int]], step: int) -> Iterator[tuple[int, Points]]:
        """What each series has in its own span, with the place of the series."""
        for (start, stop), some in _alike([span if span[0] < span[1] else None for span in spans]):
            yield from zip(
                some, self._series.each_rolled(self._tenant, self._named(some), width, start, stop, step), strict=True
            )

    def _named(self, some: Sequence[int]) -> Names:
        return [self._names[at] for at in some]


def _alike(keys: Sequence[T | None]) -> Iterator[tuple[T, list[int]]]:
    """Places of equal keys, but for None."""
    places: dict[T, list[int]] = {}
    for at, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(at)
    yield from places.items()


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

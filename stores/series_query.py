"""What is asked of the embedded series store, one series or one device at a time. Used by series_duckdb.py.

A range of a series is fetched as it lies and settled in numpy: measured, a day of readings every second takes 4 ms,
four to five times less than asking the engine for the winners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import duckdb
import numpy as np

from stores.ports import WIDTHS, Points, Stored, Width
from stores.series_fold import Columns, fold, merge, where, winners
from stores.series_schema import RAW, ROLLED, SERIES, SUMS

T = TypeVar("T")

SLACK = 16
"""So many rows more than asked for are read at first, in case some do not count."""


class Range(NamedTuple):
    """One series, start ≤ time < stop (µs)."""

    series: int
    start: int
    stop: int


def raw(cursor: duckdb.DuckDBPyConnection, of: Range, limit: int) -> Points:
    """The first `limit + 1` numbers."""

    def read(stop: int) -> Points:
        found = numbers(cursor, of._replace(stop=stop))
        return Points(found["time"][: limit + 1], found["value"][: limit + 1])

    return _beginning(cursor, [of.series], (of.start, of.stop), limit + 1, read, lambda points: len(points.time))


def numbers(cursor: duckdb.DuckDBPyConnection, of: Range) -> Columns:
    """Every number of a series, in order."""
    sql = f"SELECT series, time, value, origin, nth FROM {RAW}_all WHERE series = ? AND time >= ? AND time < ?"
    settled = winners(cursor.execute(sql, [*of]).fetchnumpy())
    return where(settled, ~np.isnan(settled["value"]))


def buckets(cursor: duckdb.DuckDBPyConnection, of: Range, step: int) -> Points:
    """Raw rows drawn together."""
    return points(fold(numbers(cursor, of), step))


def rolled(cursor: duckdb.DuckDBPyConnection, of: Range, width: Width, step: int) -> Points:
    """Rollups drawn together; those whose start lies in the range."""
    if step % WIDTHS[width]:
        raise ValueError(f"a step of {step} µs is no multiple of {width}: rollups of {width} cannot be cut")
    sql = f"SELECT series, time, {', '.join(SUMS)}, origin, nth FROM {ROLLED[width]}_all"
    rows = winners(cursor.execute(f"{sql} WHERE series = ? AND time >= ? AND time < ?", [*of]).fetchnumpy())
    return points(merge(where(rows, rows["count"] > 0), step))


def points(columns: Columns) -> Points:
    """Columns of a rollup as the port gives them."""
    first, least, most, last, total, count = (columns[name] for name in SUMS)
    return Points(columns["time"], last, first, least, most, count, total)


def readings(
    cursor: duckdb.DuckDBPyConnection, series: Sequence[int], span: tuple[int, int], after: tuple[int, str] | None,
    limit: int,
) -> Sequence[Stored]:  # fmt: skip
    """A page of a device's readings; `series`: their numbers."""
    place = after or (0, "")
    start = max(span[0], place[0])
    sql = (
        f"SELECT device, metric, time, received, value, text, late, revised FROM {RAW}_all JOIN {SERIES} "
        f"ON id = series WHERE {_whose(series)} AND time >= ? AND time < ? ORDER BY time, metric, origin, nth"
    )

    def read(stop: int) -> list[Stored]:
        rows = cursor.execute(sql, [start, stop]).fetchall()
        last = [list(same)[-1] for _, same in groupby(rows, key=_place)]
        return [Stored(*row) for row in last if _place(row) > place][:limit]

    return _beginning(cursor, series, (start, span[1]), limit, read, len)


def _beginning(
    cursor: duckdb.DuckDBPyConnection, series: Sequence[int], span: tuple[int, int], rows: int,
    read: Callable[[int], T], size: Callable[[T], int],
) -> T:  # fmt: skip
    """What `read` gives up to an end, with at least so many rows if there are as many in `span`: the end is sought
    first, so that the rest of a long range is never read."""
    most = rows + SLACK
    times = f"SELECT time FROM {RAW}_all WHERE {_whose(series)} AND time >= ? AND time < ? ORDER BY time LIMIT ?"
    while True:
        last, count = cursor.execute(f"SELECT max(time), count(*) FROM ({times})", [*span, most]).fetchall()[0]
        if count < most:
            return read(span[1])
        found = read(last + 1)
        if size(found) >= rows:
            return found
        most *= 4


def _whose(series: Sequence[int]) -> str:
    return f"series IN ({', '.join(map(str, series))})"


def _place(row: tuple[Any, ...]) -> tuple[int, str]:
    return row[2], row[1]

"""What is asked of the embedded series store, one series or one device at a time. Used by series_duckdb.py.

A range of a series is fetched as it lies and settled in numpy: measured, a day of readings every second takes 4 ms,
four to five times less than asking the engine for the winners.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import duckdb
import numpy as np

from stores.ports import WIDTHS, Points, Stored, Width
from stores.series_fold import Columns, fold, merge, where, winners
from stores.series_schema import RAW, ROLLED, SUMS

SLACK = 16
"""So many rows more than asked for are read at first, in case some do not count."""

DAY = 86_400_000_000


class Range(NamedTuple):
    """One series, start ≤ time < stop (µs)."""

    series: int
    start: int
    stop: int


def raw(cursor: duckdb.DuckDBPyConnection, of: Range, limit: int) -> Points:
    """The first `limit + 1` numbers."""
    sql = f"SELECT series, time, value, origin, nth FROM {RAW}_all WHERE series = ? AND time >= ? AND time < ?"
    for most in _growing(limit):
        rows = cursor.execute(f"{sql} ORDER BY time, origin, nth LIMIT ?", [*of, most]).fetchnumpy()
        settled, whole = winners(rows), len(rows["time"]) < most
        sure = settled if whole else where(settled, settled["time"] < settled["time"][-1])
        numbers = where(sure, ~np.isnan(sure["value"]))
        if whole or len(numbers["time"]) > limit:
            break
    else:
        raise AssertionError("a range has an end")
    return Points(numbers["time"][: limit + 1], numbers["value"][: limit + 1])


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
    sql = (
        f"SELECT device, metric, time, received, value, text, late, revised FROM {RAW}_all JOIN series ON id = series "
        f"WHERE series IN ({', '.join(map(str, series))}) AND time >= ? AND time < ? AND (time > ? OR metric > ?) "
        "ORDER BY time, metric, origin, nth LIMIT ?"
    )
    start, stop = span
    past, metric = after if after is not None and after[0] >= start else (start - 1, "")
    found: list[Stored] = []
    for most in _growing(limit):
        rows = cursor.execute(sql, [max(start, past), stop, past, metric, most]).fetchall()
        found = [Stored(*list(same)[-1]) for _, same in groupby(rows, key=_time_and_metric)]
        if len(rows) < most:
            break
        found.pop()
        if len(found) >= limit:
            break
    return found[:limit]


def _growing(limit: int) -> Iterator[int]:
    most = limit + 1 + SLACK
    while True:
        yield most
        most *= 4


def _time_and_metric(row: tuple[Any, ...]) -> tuple[Any, Any]:
    return row[2], row[1]

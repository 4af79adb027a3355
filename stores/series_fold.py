"""Which of several rows counts, and rows drawn together into buckets: plain numpy. Used by the series_*.py files of
both stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stores.ports import WIDTHS

Columns = Mapping[str, NDArray[Any]]
"""Columns of equal length by the names of series_schema.py."""


def where(columns: Columns, index: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Some of the rows."""
    return {name: column[index] for name, column in columns.items()}


def winners(columns: Columns) -> Columns:
    """Of equal series and time the row that stands later in the log, all in order of series and time."""
    series, time = columns["series"], columns["time"]
    if len(time) < 2 or bool(np.all((series[1:] == series[:-1]) & (time[1:] > time[:-1]))):
        return columns
    order = np.lexsort((columns["nth"], columns["origin"], time, series))
    columns = where(columns, order)
    series, time = columns["series"], columns["time"]
    last = np.append((series[1:] != series[:-1]) | (time[1:] != time[:-1]), True)
    return where(columns, last)


def fold(columns: Columns, step: int) -> dict[str, NDArray[Any]]:
    """Numbers in order of series and time, drawn together into buckets of `step` µs; as columns of a rollup.

    Sums are added one reading after another, in order of time (np.bincount does just that), so that they have the
    bits of a sum that was kept up reading by reading.
    """
    value = columns["value"]
    begins, group = _buckets(columns, step)
    ends = _ends(begins, len(value))
    return {
        **_keys(columns, begins, step),
        "first": value[begins],
        "min": _least(value, begins),
        "max": _most(value, begins),
        "last": value[ends],
        "sum": _total(group, value, begins),
        "count": ends - begins + 1,
    }


def merge(columns: Columns, step: int) -> dict[str, NDArray[Any]]:
    """Rollups in order of series and time, drawn together into wider buckets of `step` µs."""
    begins, group = _buckets(columns, step)
    ends = _ends(begins, len(group))
    counts = _total(group, columns["count"], begins)
    return {
        **_keys(columns, begins, step),
        "first": columns["first"][begins],
        "min": _least(columns["min"], begins),
        "max": _most(columns["max"], begins),
        "last": columns["last"][ends],
        "sum": _total(group, columns["sum"], begins),
        "count": counts.astype(np.int64),
    }


def whole_hours(before: int) -> int:
    """The end of what may go of raw rows: the widest bucket that reaches beyond `before`, and one more that may still
    be open, can be computed from raw afterwards."""
    hour = WIDTHS["1h"]
    return (before // hour - 1) * hour


def _buckets(columns: Columns, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each bucket begins, and the bucket of each row."""
    series, bucket = columns["series"], columns["time"] // step
    new = np.ones(len(bucket), np.bool_)
    new[1:] = (series[1:] != series[:-1]) | (bucket[1:] != bucket[:-1])
    return np.flatnonzero(new), np.cumsum(new) - 1


def _ends(begins: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """The last row of each bucket."""
    return np.append(begins[1:], rows)[: len(begins)] - 1


def _keys(columns: Columns, begins: NDArray[np.int64], step: int) -> dict[str, NDArray[Any]]:
    return {"series": columns["series"][begins], "time": columns["time"][begins] // step * step}


def _least(values: NDArray[np.float64], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.minimum.reduceat(values, begins) if len(begins) else values[:0]


def _most(values: NDArray[np.float64], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.maximum.reduceat(values, begins) if len(begins) else values[:0]


def _total(group: NDArray[np.int64], values: NDArray[Any], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(group, weights=values, minlength=len(begins)).astype(np.float64)

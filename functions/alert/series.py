"""What alert knows of each series: its newest reading, and when the log's clock last heard of it. Used by batch.py."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.clock import NEVER
from events.readings import Readings
from events.state import Column, Table
from functions.alert.conditions import NO_TIME

COLUMNS = {
    "time": Column("i8", NO_TIME),
    "value": Column("f8"),
    "heard": Column(
        "i8", NEVER
    ),  # the clock at the last sign of life, moved by gaps; NEVER: none since the device was defined
    "watched": Column("?"),
}


class Newer(NamedTuple):
    """Numeric readings newer than their series' newest, by series and there in order: row in the batch, row in the
    table, time and value, and those of the reading before it in its series."""

    at: NDArray[np.int64]
    series: NDArray[np.int64]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    last_time: NDArray[np.int64]
    last_value: NDArray[np.float64]


def advance(table: Table, rows: NDArray[np.int64], readings: Readings) -> tuple[Newer, int]:
    """The readings that are newer, which are now the newest; and how many were late. rows: of the table, one a
    reading."""
    numeric = np.flatnonzero(~np.isnan(readings.value))
    at = numeric[np.argsort(rows[numeric], kind="stable")]
    newer = _is_newer(table, rows[at], readings.time[at])
    late = len(at) - int(newer.sum())
    at = at[newer]
    series, time, value = rows[at], readings.time[at], readings.value[at]
    last = _before(table["time"], series, time), _before(table["value"], series, value)
    table["time"][series], table["value"][series] = time, value  # of a series that comes twice, its last stays
    return Newer(at, series, time, value, *last), late


def _is_newer(table: Table, series: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
    newer = time > _before(table["time"], series, time)
    if newer.all():
        return newer
    rank = np.unique(time, return_inverse=True)[1]
    place = np.cumsum(_first(series)) * len(time) + rank  # sorts by series, then time
    highest = np.maximum.accumulate(place)
    newer = time > table["time"][series]
    newer[1:] &= place[1:] > highest[:-1]
    return newer


def _before(column: NDArray[Any], series: NDArray[np.int64], now: NDArray[Any]) -> NDArray[Any]:
    """What stands one earlier in the same series: in the batch, or else in the table."""
    before = np.empty_like(now)
    before[1:] = now[:-1]
    return np.where(_first(series), column[series], before)


def _first(series: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.ones(len(series), np.bool_)
    first[1:] = series[1:] != series[:-1]
    return first

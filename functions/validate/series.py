"""What validate knows of each series: its limits, and its last readings, by which a repeat, a revision and a late one
are told.

Used by handler.py. Of every series the HELD readings with the highest times are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from events.readings import Readings, rounds
from events.registry import Definitions
from events.state import Column, Table

HELD = 8
NO_TIME = np.iinfo(np.int64).min
COLUMNS = {
    "times": Column("i8", NO_TIME, HELD),  # ascending: the last one is the series' newest
    "values": Column("f8", 0.0, HELD),
    "low": Column("f8", -np.inf),
    "high": Column("f8", np.inf),  # below `low`: the profile does not have this metric
}

NEW, LATE, REVISED, LATE_REVISED, DUPLICATE = range(5)


def limit(table: Table, definitions: Definitions, rows: Iterable[int]) -> None:
    """Sets the limits of some rows from the profiles of their devices."""
    for row in rows:
        _, device, name = table.keys[row]
        profile = definitions.profile(device)
        metric = profile.metrics.get(name) if profile is not None else None
        low, high = -np.inf, np.inf
        if metric is not None:
            low = -np.inf if metric.min is None else metric.min
            high = np.inf if metric.max is None else metric.max
        elif profile is not None and profile.strict:
            low, high = np.inf, -np.inf
        table["low"][row], table["high"][row] = low, high


def identity_values(readings: Readings) -> NDArray[np.float64]:
    """What two readings of one time are compared by: the value, or a number that stands for the text."""
    if readings.text is None:
        return readings.value
    values = readings.value.copy()
    for row, text in enumerate(readings.text):
        if text is not None:
            values[row] = crc32(text.encode())
    return values


def judge(
    table: Table, at: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """What each reading is to its series (NEW … DUPLICATE), in order; remembers what is not a duplicate. at: the
    table's rows."""
    kind = np.zeros(len(at), np.uint8)
    times, values = table["times"], table["values"]
    for batch in rounds(at):
        rows, now = at[batch], time[batch]
        newer = now > times[rows, -1]
        fresh = rows[newer]
        times[fresh, :-1], values[fresh, :-1] = times[fresh, 1:], values[fresh, 1:]
        times[fresh, -1], values[fresh, -1] = now[newer], value[batch[newer]]
        for i in batch[~newer].tolist():
            kind[i] = _older(times[at[i]], values[at[i]], int(time[i]), float(value[i]))
    return kind


def _older(times: NDArray[np.int64], values: NDArray[np.float64], time: int, value: float) -> int:
    """A reading not newer than its series' newest, against what is remembered (views: changed in place)."""
    late = time < times[-1]
    same = np.flatnonzero(times == time)
    if len(same):
        if values[same[0]] == value:
            return DUPLICATE
        values[same[0]] = value
        return LATE_REVISED if late else REVISED
    place = int(np.searchsorted(times, time))
    if place:
        times[: place - 1], values[: place - 1] = times[1:place], values[1:place]
        times[place - 1], values[place - 1] = time, value
    return LATE

"""The clock of the log, as a function on it keeps it: only ticks move it, never back; a gap moves every armed
deadline. Used by validate, score, alert, record and archive; kept in `state.values["clock"]`, µs UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from events.payloads import Ticked
from events.state import State, Table

GAP = 5_000_000
"""A longer step between two ticks (µs) means that the platform was blind or asleep."""

GRACE = 2_000_000
"""Added to every silence (µs)."""

KEEP = 30 * 86_400_000_000
"""A row of a table, untouched for so long (µs of the clock) and with nothing open, is dropped."""

NEVER = np.iinfo(np.int64).max
"""A deadline that is not armed."""


def now(state: State) -> int:
    """The clock; 0 before the first tick."""
    return int(state.values.get("clock", 0))


def move(state: State, tick: Ticked) -> int:
    """Moves the clock, and every deadline of the layout by the gap if there was one; returns the gap (µs), else 0.

    What came before the first tick found the clock at 0, and counts from the first tick on: that is a gap as well.
    """
    held = now(state)
    state.values["clock"] = max(held, tick.clock)
    gap = tick.clock - held
    if not held:
        for table in state.tables.values():
            table["touched"][: len(table)] = tick.clock
    if held and gap <= GAP:
        return 0
    for name, column in state.layout.deadlines.items():
        postpone(state.tables[name], column, gap)
    return gap


def postpone(table: Table, column: str, gap: int) -> None:
    """Moves the armed deadlines of a column by a gap."""
    deadlines = table[column][: len(table)]
    deadlines[deadlines != NEVER] += gap


def due(table: Table, column: str, clock: int) -> list[int]:
    """Rows whose deadline has come, in the order of their keys: the same however the table came about."""
    rows = np.flatnonzero(table[column][: len(table)] <= clock).tolist()
    return sorted(rows, key=lambda row: table.keys[row])


def forget(table: Table, clock: int, is_open: Callable[[Table], NDArray[Any]] | None = None) -> None:
    """Drops the rows that nobody has touched for KEEP and that hold nothing open."""
    gone = clock - table["touched"][: len(table)] > KEEP
    if gone.any() and is_open is not None:
        gone &= ~is_open(table)
    if gone.any():
        table.drop(gone)

"""A batch of readings under all rules. Called by handler.py for `telemetry.validated`.

Where all is calm the batch is judged at a stroke. Readings that violate a rule, and those whose series or device is
watched, are judged one by one, in row order: what comes of them is the same however the readings were cut into
batches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from events.ledger import Ledger
from events.readings import FRESH, Readings
from functions.alert import missing, threshold
from functions.alert.conditions import Reading, Spot
from functions.alert.series import Newer, advance
from functions.alert.turn import Turn

STAGE = "alert"


def judge(turn: Turn, readings: Readings) -> None:
    """Moves deadlines, and raises, updates and clears the alerts of all rules that look at readings."""
    rows = missing.rows(turn, [(turn.event.tenant, *key) for key in readings.series()])
    alive = missing.renew(turn, rows, readings.delivery == FRESH)
    newer, late = advance(turn.state.tables["series"], rows, readings)
    Ledger(turn.state, STAGE).count(in_=len(readings), out=len(readings), late=late)
    hot = _hot(turn, newer)
    if len(hot) or alive.any():
        _one_by_one(turn, rows, readings, newer, hot, np.flatnonzero(alive))


def _hot(turn: Turn, newer: Newer) -> NDArray[np.int64]:
    """Positions in `newer` of all readings of series that are watched or, somewhere in this batch, violate a rule."""
    violated = turn.book.limits.violated(turn.book.judges(newer.series), newer)
    hot = turn.state.tables["series"]["watched"].copy()
    hot[newer.series[violated]] = True
    return np.flatnonzero(hot[newer.series])


def _one_by_one(
    turn: Turn,
    rows: NDArray[np.int64],
    readings: Readings,
    newer: Newer,
    hot: NDArray[np.int64],
    alive: NDArray[np.int64],
) -> None:
    keys, signs = turn.state.tables["series"].keys, set(alive.tolist())
    columns = (newer.at, newer.time, newer.value, newer.last_time, newer.last_value, readings.received[newer.at])
    found = {at: rest for at, *rest in zip(*(column[hot].tolist() for column in columns), strict=True)}
    for at in sorted(signs.union(found)):
        row = int(rows[at])
        spot = Spot(*keys[row])
        if at in signs:
            missing.heard(turn, spot)
        if at in found:
            reading = Reading(*found[at])
            for number in turn.book.look(spot).conditions:
                threshold.judge(turn, spot, turn.book.conditions[number], reading)

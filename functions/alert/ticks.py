"""A tick of the log's clock: deadlines fall due, the ledger's minutes pass, what is long calm is forgotten. Called
by handler.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from events.clock import forget, move, now
from events.ledger import Ledger
from events.payloads import Ticked
from events.state import Table
from functions.alert import lifecycle, missing
from functions.alert.batch import STAGE
from functions.alert.turn import Turn


def strike(turn: Turn, tick: Ticked) -> None:
    """Moves the clock, and does what is due."""
    first = not now(turn.state)
    gap = move(turn.state, tick)
    if first or gap:
        missing.blind(turn, gap or turn.clock)
    missing.fall_due(turn)
    turn.said += Ledger(turn.state, STAGE).passed(turn.event)
    _forget(turn)


def _forget(turn: Turn) -> None:
    series, silence = turn.state.tables["series"], turn.state.tables["silence"]
    held = len(series) + len(silence)
    forget(series, turn.clock, lambda table: _open(turn, table, 3))
    forget(silence, turn.clock, lambda table: _open(turn, table, 4))
    if len(series) + len(silence) == held:
        return
    for spot, rule, watch in turn.book.watches.all():
        lost = series.find(spot) is None and silence.find((*spot, rule)) is None
        if lost and not lifecycle.is_active(watch):
            turn.book.watches.close(spot, rule)


def _open(turn: Turn, table: Table, width: int) -> NDArray[Any]:
    """Rows with an open alert; a key of the table is the first `width` of tenant, device, metric, rule."""
    active = {(*spot, rule)[:width] for spot, rule, watch in turn.book.watches.all() if lifecycle.is_active(watch)}
    return np.array([key in active for key in table.keys], np.bool_)

"""alert: rules to alerts. Called by the host for each event of `telemetry` and `anomaly` of a shard, in order.

Gives `alert` (each event the whole alert, under its next version), `rejected` (commands that found no open alert)
and its ledger. How alerts live is in lifecycle.py; what begins and ends them in threshold.py, missing.py, anomaly.py
and changes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from events import types
from events.event import Event
from events.state import Layout, State
from functions.alert import anomaly, batch, changes, commands, missing, series, ticks
from functions.alert.rulebook import rulebook
from functions.alert.turn import Turn

LAYOUT = Layout(1, {"series": series.COLUMNS, "silence": missing.COLUMNS}, deadlines={"silence": "deadline"})


DOES: Mapping[str, Callable[[Turn, Any], None]] = {
    types.TELEMETRY_VALIDATED: batch.judge,
    types.CLOCK_TICKED: ticks.strike,
    types.COMMAND_GIVEN: commands.obey,
    types.DEFINITION_CHANGED: changes.take,
    types.ANOMALY_OPENED: anomaly.judge,
    types.ANOMALY_UPDATED: anomaly.judge,
    types.ANOMALY_CLOSED: anomaly.judge,
}


def handle(event: Event, *, state: State) -> Iterable[Event]:
    """One event: readings, a tick, a command, a definition, or an anomaly."""
    turn = Turn(event, state, rulebook(state))
    DOES[event.type](turn, event.data)
    return turn.said

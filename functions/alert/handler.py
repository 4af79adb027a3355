"""alert: rules to alerts. Called by the host for each event of `telemetry` and `anomaly` of a shard, in order.

Gives `alert` (each event the whole alert, under its next version), `rejected` (commands that found no open alert)
and its ledger. How alerts live is in lifecycle.py; what begins and ends them in threshold.py, missing.py, anomaly.py
and changes.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from events import types
from events.event import Event
from events.state import Layout, State
from functions.alert import anomaly, batch, changes, commands, missing, series, ticks
from functions.alert.rulebook import rulebook
from functions.alert.turn import Turn

LAYOUT = Layout(1, {"series": series.COLUMNS, "silence": missing.COLUMNS}, deadlines={"silence": "deadline"})


def handle(event: Event, *, state: State) -> Iterable[Event]:
    """One event: readings, a tick, a command, a definition, or an anomaly."""
    turn = Turn(event, state, rulebook(state))
    if event.type == types.TELEMETRY_VALIDATED:
        batch.judge(turn, event.data)
    elif event.type == types.CLOCK_TICKED:
        ticks.strike(turn, event.data)
    elif event.type == types.COMMAND_GIVEN:
        commands.obey(turn, event.data)
    elif event.type == types.DEFINITION_CHANGED:
        changes.take(turn, event.data)
    else:
        anomaly.judge(turn, event.data)
    return turn.said

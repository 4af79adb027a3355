"""What operators say of alerts: acknowledge, snooze, resolve. Called by handler.py for `command.given`.

A command names the alert and its device. Where no such alert is open it is rejected, `no_open_alert`; the same
command again (same id) is passed over. `snoozed_until` is a field that page and notification compare: nothing
happens here when it passes.
"""

from __future__ import annotations

from events import types
from events.event import content_id
from events.payloads import Command, Rejected
from functions.alert import lifecycle
from functions.alert.conditions import Spot
from functions.alert.lifecycle import COMMANDS_KEPT, RESOLVED
from functions.alert.turn import Turn
from functions.alert.watches import Alarm, Watch

REASON = "no_open_alert"


def obey(turn: Turn, command: Command) -> None:
    """One command: an event of the alert that carries its id, or its rejection."""
    for spot, _, watch in turn.book.watches.all(turn.event.tenant, command.device):
        alarm = watch["alarm"]
        if alarm is None or alarm["document"]["id"] != command.alert:
            continue
        if command.id in alarm["commands"]:
            return
        if lifecycle.is_active(watch):
            alarm["commands"] = [*alarm["commands"], command.id][-COMMANDS_KEPT:]
            _carry_out(turn, spot, watch, alarm, command)
            return
    _reject(turn, command)


def _carry_out(turn: Turn, spot: Spot, watch: Watch, alarm: Alarm, command: Command) -> None:
    if command.kind == "resolve":
        watch["resolved"] = True
        lifecycle.clear(turn, spot, watch, command.at, RESOLVED, command=command.id)
        return
    alarm["document"]["command"] = command.id
    if command.kind == "acknowledge":
        alarm["document"]["acknowledged"] = {"by": command.by, "at": command.at}
        lifecycle.say(turn, spot, alarm, types.ALERT_ACKNOWLEDGED, command.at)
    else:
        alarm["document"]["snoozed_until"] = command.until
        lifecycle.say(turn, spot, alarm, types.ALERT_SNOOZED, command.at)


def _reject(turn: Turn, command: Command) -> None:
    detail = (
        f"{command.kind}: no alert {command.alert} is open on device {command.device}; it was cleared, or never raised"
    )
    rejected = Rejected(
        device=command.device, reason=REASON, detail=detail, received=command.at, field="alert", command=command.id
    )
    spot = Spot(turn.event.tenant, command.device, "")
    turn.say(spot, types.COMMAND_REJECTED, rejected, content_id(spot.tenant, "command", command.id, "rejected"))

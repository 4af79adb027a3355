"""The life of an alert: raised, updated, cleared, and raised again. Used by every module that judges, and by commands.

One alert is open per rule, device and metric. It is raised once, under an id that comes from where its violation
began. Raising, clearing and commands are told at once. A higher peak, and being active again, are `alert.updated`, at
most one in UPDATE_EVERY (by the time that the rule runs on: of the device, or of the log for silence); what is
withheld rides on the next event.

Flapping is one alert with a count: when a violation begins within COOL_DOWN of the end of the last one, the alert is
not raised anew but active again, `count` one higher, what was acknowledged and snoozed kept. If it was active again
and over before that could be told, it is only counted. An alert that was closed for another reason than its own end
(`reason`) does not come back, unless the very same anomaly raises it (same id): then its versions go on. The alerts
of a place begin one after another, so that no id is begun twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from events import types
from events.definitions import Rule
from events.event import content_id
from events.payloads import Alert
from functions.alert.conditions import Spot
from functions.alert.turn import Turn
from functions.alert.watches import Alarm, Watch

UPDATE_EVERY = 60_000_000
COOL_DOWN = 600_000_000
COMMANDS_KEPT = 8
RESOLVED = "resolved"


class Finding(NamedTuple):
    """Why an alert is raised. first: where the violation began, at: where it was found (µs, device's time or the
    log's clock). upper: the higher value is the worse."""

    first: int
    at: int
    value: float | None
    threshold: float | None
    message: str
    upper: bool = True
    late: bool = False


def is_active(watch: Watch) -> bool:
    return watch["alarm"] is not None and watch["alarm"]["document"]["state"] == "active"


def was_ended(watch: Watch) -> bool:
    """Whether a definition ended the alert; what it was raised for may go on."""
    return watch["alarm"] is not None and watch["alarm"]["document"]["reason"] not in (None, RESOLVED)


def fire(turn: Turn, spot: Spot, rule: Rule, watch: Watch, finding: Finding) -> None:
    """Raises an alert, or makes the last one active again."""
    watch["first"], watch["window"], alarm = None, [], watch["alarm"]
    id = content_id(spot.tenant, rule.id, spot.device, spot.metric, finding.first)
    if alarm is not None and _comes_back(alarm, id, finding.first):
        _again(alarm["document"], rule, finding)
        if is_due(alarm, finding.at):
            tell(turn, spot, alarm, finding.at)
    elif alarm is None or alarm["began"] < finding.first:
        if alarm is not None:
            _close_account(turn, spot, alarm, finding.at)
        document = _document(id, spot, rule, finding)
        alarm = Alarm(document=document, began=finding.first, told=finding.at, said=[], commands=[])
        watch["alarm"] = alarm
        say(turn, spot, alarm, types.ALERT_RAISED, finding.at)


def _again(document: dict[str, Any], rule: Rule, finding: Finding) -> None:
    document.update(state="active", severity=rule.severity, cleared_at=None, reason=None, count=document["count"] + 1)
    document.update(value=finding.value, threshold=finding.threshold, message=finding.message)
    if finding.value is not None:
        observe(document, finding.value, finding.upper)


def observe(document: dict[str, Any], value: float, upper: bool) -> None:
    """A value while the alert is active: the worst one is its peak."""
    document["value"] = value
    document["peak"] = (max if upper else min)(document["peak"], value)


def clear(turn: Turn, spot: Spot, watch: Watch, at: int, reason: str | None = None, **fields: Any) -> None:
    """Ends an active alert. fields: what else changes with it. Untold activity ends untold."""
    alarm = watch["alarm"]
    assert alarm is not None
    known = alarm["said"][0] == "active"
    alarm["document"].update(state="cleared", cleared_at=at, reason=reason, **fields)
    if known or "command" in fields:
        say(turn, spot, alarm, types.ALERT_CLEARED, at)


def is_due(alarm: Alarm, at: int) -> bool:
    """Whether an update may be told: something changed, and the last was long enough ago."""
    return alarm["said"] != _told(alarm["document"]) and at - alarm["told"] >= UPDATE_EVERY


def tell(turn: Turn, spot: Spot, alarm: Alarm, at: int) -> None:
    """An update, at once."""
    alarm["told"] = at
    say(turn, spot, alarm, types.ALERT_UPDATED, at)


def settle(turn: Turn, spot: Spot, rule: str, watch: Watch, at: int) -> None:
    """Forgets an alert that can no longer come back, and a watch with nothing left to remember."""
    if watch["first"] is not None or any(time is not None for time in watch["window"]) or watch["anomalies"]:
        return
    alarm = watch["alarm"]
    if alarm is not None:
        document = alarm["document"]
        if document["state"] == "active" or watch["resolved"] or at - document["cleared_at"] <= COOL_DOWN:
            return
    forget(turn, spot, rule, watch, at)


def forget(turn: Turn, spot: Spot, rule: str, watch: Watch, at: int) -> None:
    """Ends a watch; what was counted and not told is told first."""
    if watch["alarm"] is not None:
        _close_account(turn, spot, watch["alarm"], at)
    turn.book.watches.close(spot, rule)


def _close_account(turn: Turn, spot: Spot, alarm: Alarm, at: int) -> None:
    if alarm["said"] != _told(alarm["document"]):
        tell(turn, spot, alarm, at)


def say(turn: Turn, spot: Spot, alarm: Alarm, type: str, at: int) -> None:
    """Gives the alert as it is, under its next version."""
    document = alarm["document"]
    document["version"] += 1
    document["updated_at"] = at
    alarm["said"] = _told(document)
    id = content_id(document["id"], types.verb(type), document["version"])
    turn.say(spot, type, msgspec.convert(document, Alert), id)
    document["command"] = None


def _comes_back(alarm: Alarm, id: str, first: int) -> bool:
    document = alarm["document"]
    return document["id"] == id or (document["reason"] is None and first - document["cleared_at"] <= COOL_DOWN)


def _told(document: dict[str, Any]) -> list[Any]:
    return [document["state"], document["peak"], document["count"]]


def _document(id: str, spot: Spot, rule: Rule, finding: Finding) -> dict[str, Any]:
    alert = Alert(
        id=id, rule=rule.id, device=spot.device, metric=spot.metric or None, severity=rule.severity, state="active",
        raised_at=finding.at, updated_at=finding.at, version=0, message=finding.message, value=finding.value,
        threshold=finding.threshold, peak=finding.value, late=finding.late,
    )  # fmt: skip
    document: dict[str, Any] = msgspec.to_builtins(alert)
    return document

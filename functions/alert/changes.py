"""Definitions that change: what they end, and which deadlines they arm. Called by handler.py for `definition.changed`.

A rule that was deleted, disabled, or got another condition (`when`) ends all that it had open; one that no longer
looks at a device or metric (its scope or metric changed; the device's profile or tags did) ends what it had open
there; reason `rule_changed`. A new name changes nothing, a new severity is told of every open alert, as an update. A
device that was deleted or disabled ends all that is open on it, reason `device_deleted` or `device_disabled`, and
disarms its deadlines. A rule of silence that begins to look at a device counts from the clock at the device's last
sign of life, and falls due no earlier than the change.
"""

from __future__ import annotations

from events import types
from events.definitions import Device, Missing, Rule
from events.payloads import Changed
from functions.alert import lifecycle, missing, rulebook
from functions.alert.conditions import Spot
from functions.alert.turn import Turn
from functions.alert.watches import Watch

RULE_CHANGED, DEVICE_DELETED, DEVICE_DISABLED = "rule_changed", "device_deleted", "device_disabled"


def take(turn: Turn, changed: Changed) -> None:
    """One definition takes effect; one that is not newer than the one held is passed over."""
    tenant = turn.event.tenant
    definitions = turn.book.definitions(tenant)
    before = definitions.get(changed.kind, changed.id)
    if not definitions.change(changed):
        return
    now = definitions.get(changed.kind, changed.id)
    if changed.kind == "device":
        turn.book.forget(tenant, changed.id)
        _device(turn, changed.id, now)
        turn.book.reread(tenant, changed.id)
        return
    turn.book = rulebook.opened_anew(turn.state)
    if changed.kind == "rule":
        _rule(turn, changed.id, before, now)
    else:
        _rescope(turn)
    rulebook.opened_anew(turn.state, turn.book)


def _rule(turn: Turn, id: str, before: Rule | None, now: Rule | None) -> None:
    renewed = before is not None and now is not None and before.when != now.when
    for spot, rule, watch in turn.book.watches.all(turn.event.tenant):
        if rule == id and (renewed or id not in turn.book.look(spot).ids):
            _end(turn, spot, rule, watch, RULE_CHANGED)
        elif rule == id and now is not None:
            _rate(turn, spot, now, watch)
    if any(rule is not None and isinstance(rule.when, Missing) for rule in (before, now)):
        missing.rescope(turn, anew=id if renewed else None)


def _device(turn: Turn, device: str, now: Device | None) -> None:
    if now is not None and now.enabled:
        _rescope(turn, device)
        return
    reason = DEVICE_DELETED if now is None else DEVICE_DISABLED
    for spot, rule, watch in turn.book.watches.all(turn.event.tenant, device):
        _end(turn, spot, rule, watch, reason)
    missing.disarm(turn, device)
    missing.rescope(turn, device)


def _rescope(turn: Turn, device: str | None = None) -> None:
    for spot, rule, watch in turn.book.watches.all(turn.event.tenant, device):
        if rule not in turn.book.look(spot).ids:
            _end(turn, spot, rule, watch, RULE_CHANGED)
    missing.rescope(turn, device)


def _end(turn: Turn, spot: Spot, rule: str, watch: Watch, reason: str) -> None:
    """Nothing goes on here. An alert on an anomaly is remembered: the anomaly may go on, and its id is begun once."""
    at, alarm = turn.event.time, watch["alarm"]
    on_anomaly = watch["anomalies"] or lifecycle.was_ended(watch)
    if lifecycle.is_active(watch):
        lifecycle.clear(turn, spot, watch, at, reason)
    elif alarm is not None:
        alarm["document"]["reason"] = alarm["document"]["reason"] or reason
    watch["first"], watch["window"], watch["resolved"], watch["anomalies"] = None, [], False, []
    if not on_anomaly:
        lifecycle.forget(turn, spot, rule, watch, at)


def _rate(turn: Turn, spot: Spot, now: Rule, watch: Watch) -> None:
    alarm = watch["alarm"]
    if alarm is not None and lifecycle.is_active(watch) and alarm["document"]["severity"] != now.severity:
        alarm["document"]["severity"] = now.severity
        lifecycle.say(turn, spot, alarm, types.ALERT_UPDATED, turn.event.time)

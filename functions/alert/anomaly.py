"""Alerts on anomalies: a rule of this kind looks at the anomalies of a series, never at its readings. Called by
handler.py.

The alert is active while an anomaly of the series that has reached `min_score` is open. Its value is the score, its
times are the anomaly's, in device time.
"""

from __future__ import annotations

from events.definitions import AnAnomaly, Rule
from events.payloads import Anomaly
from functions.alert import lifecycle, message, missing
from functions.alert.conditions import Spot
from functions.alert.lifecycle import Finding
from functions.alert.turn import Turn
from functions.alert.watches import Watch


def judge(turn: Turn, anomaly: Anomaly) -> None:
    """An anomaly opened, grew or closed."""
    spot = Spot(turn.event.tenant, anomaly.device, anomaly.metric)
    missing.rows(turn, [spot])
    for rule in turn.book.look(spot).rules:
        if not isinstance(rule.when, AnAnomaly):
            continue
        if anomaly.state == "closed":
            _closed(turn, spot, rule.id, anomaly)
        elif anomaly.score >= rule.when.min_score:
            _open(turn, spot, rule, rule.when, anomaly)


def _open(turn: Turn, spot: Spot, rule: Rule, when: AnAnomaly, anomaly: Anomaly) -> None:
    watch = turn.watch(spot, rule.id, reads=False)
    if anomaly.id not in watch["anomalies"]:
        watch["anomalies"] = [*watch["anomalies"], anomaly.id]
    if watch["resolved"]:
        return
    text = message.unusual(turn, spot, anomaly)
    if not lifecycle.is_active(watch):
        finding = Finding(anomaly.start, anomaly.peak_time, anomaly.score, when.min_score, text)
        lifecycle.fire(turn, spot, rule, watch, finding)
        return
    _grow(turn, spot, watch, anomaly, text)


def _grow(turn: Turn, spot: Spot, watch: Watch, anomaly: Anomaly, text: str) -> None:
    alarm = watch["alarm"]
    assert alarm is not None
    lifecycle.observe(alarm["document"], anomaly.score, True)
    if lifecycle.is_due(alarm, anomaly.peak_time):
        alarm["document"]["message"] = text
        lifecycle.tell(turn, spot, alarm, anomaly.peak_time)


def _closed(turn: Turn, spot: Spot, rule: str, anomaly: Anomaly) -> None:
    watch = turn.find(spot, rule)
    if watch is None:
        return
    watch["anomalies"] = [id for id in watch["anomalies"] if id != anomaly.id]
    end = anomaly.peak_time if anomaly.end is None else anomaly.end
    if not watch["anomalies"]:
        watch["resolved"] = False
        if lifecycle.is_active(watch):
            lifecycle.clear(turn, spot, watch, end)
    if not lifecycle.was_ended(watch):
        lifecycle.settle(turn, spot, rule, watch, end)

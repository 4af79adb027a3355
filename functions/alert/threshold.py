"""One reading under one threshold or rate rule. Called by batch.py for readings that violate, or whose series is
watched."""

from __future__ import annotations

from functions.alert import lifecycle, message
from functions.alert.conditions import Condition, Reading, Spot
from functions.alert.lifecycle import Finding
from functions.alert.turn import Turn
from functions.alert.watches import Alarm, Watch

LATE_AFTER = 60_000_000
"""An alert is late if the reading that raised it was received so long (µs) after its own time."""


def judge(turn: Turn, spot: Spot, condition: Condition, reading: Reading) -> None:
    """A run of violations grows, breaks or raises; an alert goes on or ends."""
    rule, measure = condition.rule.id, condition.measure(reading)
    violated = measure is not None and condition.violated(measure)
    watch = turn.watch(spot, rule, reads=True) if violated else turn.find(spot, rule)
    if watch is None:
        return
    if condition.after_hole(reading):
        watch["first"], watch["window"] = None, []
    alarm = watch["alarm"]
    if measure is not None and watch["resolved"]:
        watch["resolved"] = violated
    elif measure is not None and alarm is not None and lifecycle.is_active(watch):
        _go_on(turn, spot, condition, reading.time, measure, watch, alarm)
    elif measure is not None:
        _begin(turn, spot, condition, reading, measure, watch)
    alarm = watch["alarm"]
    if alarm is not None and lifecycle.is_due(alarm, reading.time):
        alarm["document"]["message"] = message.violated(turn, spot, condition, alarm["document"]["value"])
        lifecycle.tell(turn, spot, alarm, reading.time)
    lifecycle.settle(turn, spot, rule, watch, reading.time)


def _go_on(turn: Turn, spot: Spot, condition: Condition, time: int, measure: float, watch: Watch, alarm: Alarm) -> None:
    lifecycle.observe(alarm["document"], measure, condition.upper)
    if condition.cleared(measure):
        alarm["document"]["message"] = message.over(turn, spot, condition, measure)
        lifecycle.clear(turn, spot, watch, time)


def _begin(turn: Turn, spot: Spot, condition: Condition, reading: Reading, measure: float, watch: Watch) -> None:
    first = began(condition, watch, reading.time, condition.violated(measure))
    if first is None:
        return
    text = message.violated(turn, spot, condition, measure)
    late = reading.received - reading.time > LATE_AFTER
    finding = Finding(first, reading.time, measure, condition.limit, text, condition.upper, late)
    lifecycle.fire(turn, spot, condition.rule, watch, finding)


def began(condition: Condition, watch: Watch, time: int, violated: bool) -> int | None:
    """When the violation began that, with this reading, has met count and duration; None if none has.

    Without a count: the first reading of an unbroken run. With one: the oldest violating reading of the last `of`.
    """
    if condition.of is None:
        watch["first"] = (time if watch["first"] is None else watch["first"]) if violated else None
        first = watch["first"]
    else:
        watch["window"] = [*watch["window"], time if violated else None][-condition.of.of :]
        bad = [t for t in watch["window"] if t is not None]
        first = bad[0] if len(bad) >= condition.of.n else None
    return first if violated and first is not None and time - first >= condition.lasting else None

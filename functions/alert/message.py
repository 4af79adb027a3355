"""The plain line that an operator reads. Used where alerts are raised, updated and cleared."""

from __future__ import annotations

from events.definitions import Metric, Missing, microseconds
from events.payloads import Anomaly
from functions.alert.conditions import Condition, Spot
from functions.alert.turn import Turn

_UNITS = {"1": "", "Cel": "°C", "[degF]": "°F", "deg": "°", "m3/h": "m³/h"}
"""UCUM codes that people write otherwise."""

_OTHERWISE = {
    "stuck": "{name} has not moved from {amount}, as it usually does",
    "noise": "{name} is noisier than usual, now {amount}",
    "interval": "{name} comes less often than usual",
}
"""What is unusual where it is not the value; by detector."""

_SPANS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000))


def violated(turn: Turn, spot: Spot, condition: Condition, measure: float) -> str:
    """`Temperature 8.6 °C above 8 °C for 5 min`, `Temperature changes by 3 °C in 1 min, above 2 °C in 3 of 5
    readings`."""
    text = f"{_subject(turn, spot, condition, measure)}{',' if condition.per else ''}"
    text += f" {_side(condition)} {_amount(turn, spot, condition.limit)}"
    if condition.lasting:
        text += f" for {span(condition.lasting)}"
    if condition.of is not None:
        text += f" in {condition.of.n} of {condition.of.of} readings"
    return text


def over(turn: Turn, spot: Spot, condition: Condition, measure: float) -> str:
    """`Temperature 5.9 °C, no longer above 8 °C`."""
    limit = _amount(turn, spot, condition.limit)
    return f"{_subject(turn, spot, condition, measure)}, no longer {_side(condition)} {limit}"


def silent(spot: Spot, when: Missing) -> str:
    """`No data for 60 s`, `No temperature for 60 s`."""
    return f"No {_name(spot.metric).lower() if spot.metric else 'data'} for {span(microseconds(when.for_))}"


def heard(spot: Spot) -> str:
    """`Data again`, `Temperature again`."""
    return f"{_name(spot.metric) or 'Data'} again"


def unusual(turn: Turn, spot: Spot, anomaly: Anomaly) -> str:
    """`Temperature 12.3 °C is unusual, expected 4 °C to 6 °C`, `Voltage has not moved from 230 V, as it
    usually does`."""
    other = _OTHERWISE.get(anomaly.detector)
    if other is not None:
        return other.format(name=_name(spot.metric), amount=_amount(turn, spot, anomaly.peak))
    low, high = (_amount(turn, spot, bound) for bound in anomaly.expected)
    return f"{_name(spot.metric)} {_amount(turn, spot, anomaly.peak)} is unusual, expected {low} to {high}"


def span(time: int) -> str:
    """µs as `5 min`, `90 s`, `36 h`: in the largest unit that divides it."""
    unit, size = next(((unit, size) for unit, size in _SPANS if time % size == 0), ("µs", 1))
    return f"{time // size} {unit}"


def _subject(turn: Turn, spot: Spot, condition: Condition, measure: float) -> str:
    amount = _amount(turn, spot, measure)
    if condition.per:
        return f"{_name(spot.metric)} changes by {amount} in {span(condition.per)}"
    return f"{_name(spot.metric)} {amount}"


def _side(condition: Condition) -> str:
    strict = "above" if condition.upper else "below"
    return strict if condition.strict else f"at or {strict}"


def _name(metric: str) -> str:
    return (metric[:1].upper() + metric[1:]).replace("_", " ").replace(".", " ")


def _amount(turn: Turn, spot: Spot, value: float) -> str:
    known = _metric(turn, spot)
    digits = f"{value:.{known.decimals}f}" if known.decimals is not None else f"{value:.6g}"
    return f"{digits} {_UNITS.get(known.unit, known.unit)}".rstrip()


def _metric(turn: Turn, spot: Spot) -> Metric:
    profile = turn.book.definitions(spot.tenant).profile(spot.device)
    found = profile.metrics.get(spot.metric) if profile is not None else None
    return found or Metric()

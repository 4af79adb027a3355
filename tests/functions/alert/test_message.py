"""The line that an operator reads."""

from __future__ import annotations

from typing import Any

import pytest

from events.payloads import Alert
from tests.rules.vectors import Player

PROFILE = {"devices": ["room*"], "metrics": {"temperature": {"unit": "Cel", "decimals": 1}, "oil_level": {"unit": "%"}}}
HOT = {"kind": "threshold", "op": ">", "value": 8, "clear": 6}


def _messages(when: dict[str, Any], *steps: dict[str, Any], metric: str | None = "*") -> list[str]:
    player = Player()
    player.begin({"rules": {"r": {"metric": metric, "when": when}}, "profiles": {"p": PROFILE}})
    said = [event.data for step in steps for event in player.step(step)]
    return [alert.message for alert in said if isinstance(alert, Alert)]


@pytest.mark.parametrize(
    ("when", "read", "message"),
    [
        (HOT, "room/temperature 0 8.64", "Temperature 8.6 °C above 8.0 °C"),
        (HOT, "pump/temperature 0 8.64", "Temperature 8.64 above 8"),
        ({**HOT, "op": ">="}, "pump/temp 0 8", "Temp 8 at or above 8"),
        ({**HOT, "op": "<", "clear": 9}, "room/oil_level 0 7.25", "Oil level 7.25 % below 8 %"),
        ({**HOT, "op": "<=", "clear": 9}, "pump/motor.current 0 8", "Motor current 8 at or below 8"),
        ({**HOT, "for": "5m"}, "pump/temp 0 9, pump/temp 300 9.5", "Temp 9.5 above 8 for 5 min"),
        ({**HOT, "for": "90s"}, "pump/temp 0 9, pump/temp 300 9.5", "Temp 9.5 above 8 for 90 s"),
        ({**HOT, "count": {"n": 2, "of": 3}}, "pump/temp 0 9, pump/temp 1 9", "Temp 9 above 8 in 2 of 3 readings"),
        (
            {"kind": "rate", "op": ">", "value": 2, "per": "1m"},
            "room/temperature 0 4, room/temperature 30 6",
            "Temperature changes by 4.0 °C in 1 min, above 2.0 °C",
        ),
    ],
)
def test_says_what_is_wrong(when: dict[str, Any], read: str, message: str) -> None:
    assert _messages(when, {"read": read}) == [message]


def test_says_what_is_over() -> None:
    steps = [{"read": "room/temperature 0 9"}, {"read": "room/temperature 70 9.5"}, {"read": "room/temperature 80 5"}]
    assert _messages(HOT, *steps) == [
        "Temperature 9.0 °C above 8.0 °C",
        "Temperature 9.5 °C above 8.0 °C",
        "Temperature 5.0 °C, no longer above 8.0 °C",
    ]


SILENT = [(None, "No data for 2 min", "Data again"), ("oil_level", "No oil level for 2 min", "Oil level again")]


@pytest.mark.parametrize(("metric", "silent", "again"), SILENT)
def test_says_what_is_silent(metric: str | None, silent: str, again: str) -> None:
    read = {"read": "room/oil_level 0 1"}
    assert _messages({"kind": "missing", "for": "120s"}, read, {"ticks": 122}, read, metric=metric) == [silent, again]


def test_says_what_is_unusual() -> None:
    anomaly = {"anomaly": "opened a room/temperature start=0 at=0 score=0.9"}
    assert _messages({"kind": "anomaly"}, anomaly) == ["Temperature 12.0 °C is unusual, expected 4.0 °C to 6.0 °C"]

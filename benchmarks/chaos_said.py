"""What a platform said: alerts and anomalies as sets that can be compared, and silence that was none. Used by
chaos_servers.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from events.event import Event
from events.payloads import Alert, Anomaly
from events.times import rfc3339
from events.types import verb

SILENT, SILENCE = "silent", 60.0
"""The rule of definitions/rules.yaml that runs on the clock of the log, and after how many seconds: an outage may end
or begin what it says, so it is not compared."""

LATEST = 60.0
"""Seconds after a device is back until which its silence may still be told: an update is told so late at most."""


class Told(NamedTuple):
    """An event of an alert or an anomaly."""

    id: str
    verb: str
    version: int
    device: str


Said = frozenset[Told]


def said(events: Iterable[Event]) -> Said:
    """Of some events those that do not depend on the clock."""
    found = ((event, event.data) for event in events)
    return frozenset(
        Told(data.id, verb(event.type), data.version, data.device)
        for event, data in found
        if isinstance(data, Anomaly) or (isinstance(data, Alert) and data.rule != SILENT)
    )


def made_up(events: Iterable[Event], gaps: Mapping[str, Sequence[tuple[float, float]]], began: float) -> list[str]:
    """Silence that was told of devices that were sending, a line each. gaps: in which a device sent nothing for as long
    as SILENCE, in seconds after `began` (Unix s, not later than the first message was sent); of all others nothing is
    known."""
    lines = []
    for event in events:
        alert = event.data
        if not isinstance(alert, Alert) or alert.rule != SILENT or alert.state != "active" or alert.device not in gaps:
            continue
        at = alert.updated_at / 1e6 - began
        if not any(since + SILENCE <= at <= until + LATEST for since, until in gaps[alert.device]):
            lines.append(f"{alert.device} was said to be silent at {rfc3339(alert.updated_at)}, {at:.0f} s of the file")
    return lines

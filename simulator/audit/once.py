"""Alerts that exist once, and were raised once. Called by `command`.

Besides `/alerts`, a file of JSON lines can tell what was raised: events of the log (`{"type":
"io.tidings.alert.raised", "id", "data"}`), or of the live channel (`{"event": "alert", "data"}` or `["alert", data]`,
data with `verb`). The same event seen again (equal id, or equal version) is a repeat of delivery, not a second alert.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from simulator.audit.findings import Finding, Findings, minute_of, text
from simulator.audit.moments import moment

RAISED = "io.tidings.alert.raised"


def check_alerts(alerts: Iterable[dict[str, Any]], findings: Findings) -> None:
    """One alert an id, and one id for each raising of a rule on a device and metric."""
    ids: set[str] = set()
    raisings: set[tuple[str, ...]] = set()
    for alert in alerts:
        raising = tuple(str(alert.get(name)) for name in ("rule", "device", "metric", "raised_at"))
        if alert["id"] in ids:
            findings.add(_doubled(alert, f"alert {alert['id']} is listed twice"))
        elif raising in raisings:
            findings.add(_doubled(alert, f"rule {alert.get('rule')} raised two alerts at the same moment"))
        ids.add(alert["id"])
        raisings.add(raising)


def check_raised(path: Path, findings: Findings) -> int:
    """How many alerts a file of events tells of; those raised more than once are added."""
    raised: dict[str, set[str]] = defaultdict(set)
    for line in path.read_bytes().splitlines():
        event = orjson.loads(line)
        alert, mark = _raised(event)
        if alert is None:
            continue
        if raised[alert["id"]] and mark not in raised[alert["id"]]:
            findings.add(_doubled(alert, f"alert {alert['id']} was raised twice", where=str(path)))
        raised[alert["id"]].add(mark)
    return len(raised)


def _raised(event: Any) -> tuple[dict[str, Any] | None, str]:
    """The alert that an event raises, and what tells this event from another."""
    if isinstance(event, list) and len(event) == 2:
        event = {"event": event[0], "data": event[1]}
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict):
        return None, ""
    if event.get("type") == RAISED:
        return data, str(event.get("id"))
    if event.get("event") == "alert" and data.get("verb") == "raised":
        return data, str(data.get("version"))
    return None, ""


def _doubled(alert: dict[str, Any], words: str, where: str = "alerts") -> Finding:
    at = alert.get("raised_at")
    time = at if isinstance(at, int) else moment(at) if at else 0
    example = f"{text(time)} {words}"
    return Finding(
        "doubled", str(alert.get("device")), str(alert.get("metric")), minute_of(time), example, where, stage="alert"
    )

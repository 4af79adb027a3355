"""Faults injected against alerts and anomalies: found or not, how fast, and how many false ones. Called by `command`.

A fault is found by an anomaly or alert of its device (and of its metric, if it has one) that overlaps the time from
its start to its end plus a grace. The delay is from its start to the beginning of the first of these (an anomaly
begins at its first reading, an alert when it is raised). Everything that overlaps no fault is false. What begins
after the last reading is left out: that the run has ended is no fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from simulator.audit.moments import moment

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """µs. `metric` None: the whole device. `kind` is a fault's kind, or `alert` or `anomaly`."""

    kind: str
    device: str
    metric: str | None
    start: int
    end: int

    def meets(self, fault: Span, grace: int) -> bool:
        """Whether this overlaps the fault, and concerns its metric if it has one."""
        same = fault.metric is None or self.metric == fault.metric
        return same and self.start <= fault.end + grace and self.end >= fault.start


def truth(path: Path, until: int) -> list[Span]:
    """The faults of a truth file that had begun by `until` (µs)."""
    lines = (orjson.loads(line) for line in path.read_bytes().splitlines())
    spans = (Span(f["kind"], f["device"], f["metric"], f["start"] * 1000, f["end"] * 1000) for f in lines)
    return [span for span in spans if span.start <= until]


def raised(kind: str, documents: Iterable[dict[str, Any]], names: tuple[str, str], until: int) -> list[Span]:
    """Alerts or anomalies as spans; `names` are their fields of start and end. One that is open lasts until `until`."""
    return [
        Span(
            kind,
            str(d["device"]),
            d.get("metric"),
            moment(d[names[0]]),
            moment(d[names[1]]) if d.get(names[1]) else until,
        )
        for d in documents
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """What a score refers to: number of devices, first and last device time, the grace, all in µs."""

    devices: int
    first: int
    last: int
    grace: int


def score(faults: list[Span], spans: list[Span], run: Run) -> dict[str, Any]:
    """By kind: injected, found, recall, delays in s. A fault that the run's end cut off counts only if it was found."""
    mine = defaultdict(list)
    for span in spans:
        if run.first <= span.start <= run.last:
            mine[span.device].append(span)
    kinds: dict[str, list[float | None]] = defaultdict(list)
    for fault in faults:
        hits = [max(0, s.start - fault.start) / 1e6 for s in mine[fault.device] if s.meets(fault, run.grace)]
        if hits or fault.end <= run.last:
            kinds[fault.kind].append(min(hits) if hits else None)
    return {"kinds": {k: _kind(delays) for k, delays in sorted(kinds.items())}, "false": _false(faults, mine, run)}


def _kind(delays: list[float | None]) -> dict[str, float | None]:
    found = [d for d in delays if d is not None]
    p50, p95 = (float(np.quantile(found, q)) for q in (0.5, 0.95)) if found else (None, None)
    return {
        "injected": len(delays),
        "found": len(found),
        "recall": round(len(found) / len(delays), 4),
        "delay_p50": p50 if p50 is None else round(p50, 2),
        "delay_p95": p95 if p95 is None else round(p95, 2),
    }


def _false(faults: list[Span], mine: dict[str, list[Span]], run: Run) -> dict[str, Any]:
    by_device = defaultdict(list)
    for fault in faults:
        by_device[fault.device].append(fault)
    counts = {"alert": 0, "anomaly": 0}
    for device, spans in mine.items():
        for span in spans:
            counts[span.kind] += not any(span.meets(fault, run.grace) for fault in by_device[device])
    days = run.devices * max(1, run.last - run.first) / DAY
    return {**counts, "device_days": round(days, 4)} | {
        f"{k}_a_device_day": round(n / days, 3) for k, n in counts.items()
    }

"""What goes wrong inside is found from outside: by the ledger, by the auditor, or by both, with minute and stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.demo_process import Demo, until
from benchmarks.simulators import audit, fleet
from events.times import from_rfc3339
from simulator.audit.findings import minute_of

SPEED = 200
EVERY = 24
"""Batches between two faults: one device sends one every ten seconds of the clock, so that they are minutes apart."""

FAULTS = [
    ("record:drop", "lost", "readings", "record"),
    ("record:drop", "miscounted", "ledger", "record"),
    ("record:twice", "miscounted", "ledger", "record"),
    ("series:drop", "lost", "readings", "record"),
    ("series:change", "wrong", "readings", "record"),
    ("archive:drop", "miscounted", "ledger", "archive"),
    ("files:drop", "lost", "archive", "archive"),
    ("files:twice", "doubled", "archive", "archive"),
    ("files:change", "wrong", "archive", "archive"),
    ("score:drop", "miscounted", "ledger", "score"),
    ("alert:twice", "miscounted", "ledger", "alert"),
    ("validate:drop", "miscounted", "ledger", "validate"),
    ("validate:change", "wrong", "readings", "validate or before it"),
]
"""The fault, and how it is found: kind, where it shows, the stage that is named."""

PLACES = list(dict.fromkeys(fault for fault, *_ in FAULTS))


@pytest.fixture
def found(platform: Callable[..., Demo], tmp_path: Path) -> dict[str, Any]:
    """The report of the auditor on a platform in which everything of PLACES has gone wrong once; with `fired`, the
    minutes of each fault."""
    points = ",".join(f"{place}@{(i + 1) * EVERY}" for i, place in enumerate(PLACES))
    demo = platform(TIDINGS_FAILPOINTS=points)
    demo.start("--start", "2026-11-24T07:00:00Z", "--speed", str(SPEED))
    options = ["--devices", "1", "--interval", "10", "--start", demo.url, "--speed", str(SPEED), "--window", "1"]
    with fleet(demo.mqtt, tmp_path / "sent", *options) as sending:
        until(lambda: len(_fired(demo)) == len(PLACES), "every fault")
        _pass(demo, minutes=3)
        assert sending.end() == 0
    _pass(demo, minutes=13)
    report = audit(demo, sending.readings, "--objects", str(demo.folder / "objects"))
    assert report.status == 1
    return {**report.report, "fired": _fired(demo)}


def _pass(demo: Demo, minutes: int) -> None:
    """Waits for the log's clock; thirteen minutes close every rollup and file."""
    over = demo.get("status")["clock"] + minutes * 60_000
    until(lambda: demo.get("status")["clock"] > over, f"{minutes} minutes of the clock")


def _fired(demo: Demo) -> dict[str, dict[str, int]]:
    """The faults that have happened: the minute (µs) of the readings, and of the ledger's clock."""
    said = [orjson.loads(line) for line in demo.said.read_text().splitlines() if line.startswith("{")]
    return {
        f"{line['place']}:{line['what']}": {of: minute_of(from_rfc3339(line[of])) for of in ("of", "clock")}
        for line in said
        if line["event"] == "failpoint"
    }


def test_each_fault_is_named_with_its_minute_and_stage(found: dict[str, Any]) -> None:
    told = {(f["kind"], f["where"], f["stage"], f["minute"]) for f in found["findings"]}
    missing = [
        (fault, kind, where, stage)
        for fault, kind, where, stage in FAULTS
        if (kind, where, stage, found["fired"][fault]["clock" if where == "ledger" else "of"]) not in told
    ]
    assert missing == [], (found["fired"], found["findings"])

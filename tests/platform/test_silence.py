"""An outage of ours is no silence of the devices: who comes back after ten minutes raises no alert of missing data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.demo_process import Demo, until
from benchmarks.simulators import Fleet, fleet

SILENT = "silent"
"""The rule of the demo: no data for sixty seconds."""


def test_ten_minutes_away_under_a_running_fleet(platform: Callable[..., Demo], tmp_path: Path) -> None:
    demo = platform()
    demo.start("--start", "2026-11-24T07:00:00Z")
    with _fleet(demo, tmp_path / "before", demo.url) as sending:
        until(lambda: _devices(demo)["online"] == 10, "ten devices")
        assert sending.end() == 0
    broker = demo.broker()
    assert demo.end() == 0
    assert demo.broker() == broker is not None, "SIGTERM leaves it, for it holds what the devices send now"

    with _fleet(demo, tmp_path / "meanwhile", "2026-11-24T07:05:00Z", "--duration", "2") as sending:
        assert sending.ended() == 0

    demo.start("--start", "2026-11-24T07:10:00Z")
    with _fleet(demo, tmp_path / "after", demo.url) as sending:
        back = until(lambda: demo.get("status")["clock"], "the clock")
        until(lambda: demo.get("status")["clock"] > back + 5_000, "five seconds of the clock")
        assert sending.end() == 0
    assert (_devices(demo)["online"], _silent(demo)) == (10, [])

    demo.kill()
    demo.start("--start", "2026-11-24T07:20:00Z", "--speed", "30")
    until(lambda: len(_silent(demo)) == 10, "an alert of each device, now that they are silent indeed")


def _fleet(demo: Demo, stem: Path, start: str, *options: str) -> AbstractContextManager[Fleet]:
    return fleet(demo.mqtt, stem, "--devices", "10", "--interval", "0.5", "--start", start, *options)


def _devices(demo: Demo) -> dict[str, int]:
    devices: dict[str, int] = demo.get("status")["devices"]
    return devices


def _silent(demo: Demo) -> list[dict[str, Any]]:
    return [alert for alert in demo.get("alerts", limit=1000)["items"] if alert["rule"] == SILENT]

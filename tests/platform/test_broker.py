"""The broker dies: it is started again, and what is lost is no more than what it had not delivered."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL

from benchmarks.demo_process import Demo, until
from benchmarks.simulators import audit, fleet

RATE = 20 / 0.25
"""Messages a second."""

SEVERAL_SECONDS = 10
"""More than the bridge ever takes, on a machine that has much else to do."""


def test_a_broker_that_is_killed_loses_at_most_what_it_had_not_delivered(
    platform: Callable[..., Demo], tmp_path: Path
) -> None:
    demo = platform()
    demo.start("--start", "2026-11-24T07:00:00Z", "--speed", "30")
    options = ("--devices", "20", "--interval", "7.5", "--profiles", "pump", "--start", demo.url, "--speed", "30")
    with fleet(demo.mqtt, tmp_path / "sent", *options) as sending:
        until(lambda: demo.get("status")["devices"]["online"] == 20, "all devices")
        killed = demo.broker()
        assert killed is not None
        os.kill(killed, SIGKILL)
        until(lambda: demo.broker() not in (None, killed), "another broker")
        seen = demo.get("status")["clock"]
        until(lambda: demo.get("status")["clock"] > seen + 60_000, "a minute of the clock through the new broker")
        assert sending.end() == 0
    checked = audit(demo, sending.readings)
    assert set(checked.kinds()) <= {"lost"}, checked.words
    metrics = len(demo.get("devices/pump-0001/latest")["items"])
    assert sum(checked.kinds().values()) <= RATE * SEVERAL_SECONDS * metrics
    assert len({finding["minute"] for finding in checked.report["findings"]}) <= 3
    assert demo.get("status")["health"]["ok"]
    assert "the broker died and is started again" in demo.said.read_text()

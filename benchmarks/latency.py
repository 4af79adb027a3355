"""From a reading over a threshold to the alert at a browser: `python -m benchmarks.latency [seconds]`.

The platform, the broker, the devices (crossings.py) and the Socket.IO client (`simulator listen`) are processes of
their own. The clock runs from the intended moment of sending, which is the reading's time, to the client's receipt.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from benchmarks.crossings import RULE, Plan
from benchmarks.demo_process import ROOT, Demo, until
from benchmarks.processes import Watched
from benchmarks.report import Table, show
from benchmarks.simulators import listening
from events.times import from_rfc3339

SECONDS = 60
P50, P99 = 30.0, 100.0
"""ms, asked."""


PATIENCE = 20.0
"""Seconds after the last reading was sent."""


class Arrived(NamedTuple):
    """ms of every alert that was raised at the client; doubled: alerts that came twice."""

    took: Sequence[float]
    doubled: int

    def quantiles(self) -> list[float]:
        """p50, p95, p99, max; NaN if none came."""
        return np.percentile(self.took, [50, 95, 99, 100]).tolist() if self.took else [float("nan")] * 4


def main(seconds: int = SECONDS) -> list[Table]:
    """2,000 readings a second, 2,000 crossings."""
    plan = Plan(devices=200, metrics=10, seconds=seconds)
    with tempfile.TemporaryDirectory() as folder, Demo(Path(folder) / "data") as demo:
        demo.start()
        plant(demo)
        events = Path(folder) / "live.events"
        with hearing(demo, events), crossing(demo, plan) as sender:
            watched = Watched({"platform": demo.pid, "broker": demo.broker() or 0})
            said = sent(sender, seconds + 60)
            spent = watched.told()
            wait_for(events, plan.crossings)
        return [_table(plan, arrived(events), said, spent)]


def _table(plan: Plan, came: Arrived, said: Mapping[str, float], spent: str) -> Table:
    p50, p95, p99, most = came.quantiles()
    rows = [
        ["crossings planted", f"{plan.crossings:,}", "≥ 2,000"],
        ["alert.raised at the client", f"{len(came.took):,}", "all"],
        ["twice", f"{came.doubled}", "0"],
        ["p50", f"{p50:.1f} ms", f"≤ {P50:g} ms"],
        ["p95", f"{p95:.1f} ms", ""],
        ["p99", f"{p99:.1f} ms", f"≤ {P99:g} ms"],
        ["max", f"{most:.1f} ms", ""],
        ["of it the sender's own delay, p50 and p99", f"{said['late_p50']:.1f}, {said['late_p99']:.1f} ms", ""],
    ]
    rate = plan.devices * plan.metrics
    title = f"Latency at {rate:,} readings/s: from the intended sending to a Socket.IO client, {plan.seconds} s"
    return Table(title, ["", "measured", "asked"], rows, [f"Meanwhile, of a core: {spent}."])


def plant(demo: Demo) -> None:
    """The rule, through the API; it takes effect in the order of the log."""
    demo.call("POST", "/api/v1/rules", json=RULE).raise_for_status()


@contextmanager
def hearing(demo: Demo, events: Path) -> Iterator[None]:
    """The client, connected: it is told the platform's health once a second."""
    with listening(demo, events):
        until(lambda: events.exists() and events.stat().st_size, "the client's first event")
        yield


@contextmanager
def crossing(demo: Demo, plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    """The devices, sending."""
    numbers = [f"--{name}={number}" for name, number in plan._asdict().items()]
    command = [sys.executable, "-m", "benchmarks.crossings", f"--port={demo.mqtt_port}", *numbers]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def sent(sender: subprocess.Popen[bytes], timeout: float) -> dict[str, float]:
    """What the devices say when they have sent all."""
    said: dict[str, float] = orjson.loads(sender.communicate(timeout=timeout)[0])
    return said


def wait_for(events: Path, alerts: int) -> None:
    """Until so many have arrived; no longer than PATIENCE, and the table tells how many did."""
    deadline = time.monotonic() + PATIENCE
    while len(arrived(events).took) < alerts and time.monotonic() < deadline:
        time.sleep(0.5)


def arrived(events: Path) -> Arrived:
    """What the client has written down so far."""
    took: dict[str, float] = {}
    doubled = 0
    for line in events.read_bytes().splitlines() if events.exists() else ():
        told = orjson.loads(line)
        data = told["data"]
        if told["event"] != "alert" or data["rule"] != RULE["id"] or data["verb"] != "raised":
            continue
        doubled += data["id"] in took
        took[data["id"]] = told["at"] - from_rfc3339(data["raised_at"]) / 1000
    return Arrived(list(took.values()), doubled)


if __name__ == "__main__":
    show(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))

"""Whether the whole platform tells of the simulator's faults, and of little else: `python -m benchmarks.faults
[--devices 200] [--hours 24] [--interval 10] [--speed 96] [--seed 21] [--rate 4]`. A quarter of an hour, and half as
much for the audit; slower where the machine has other work, for a fleet that gets no time is silent, and that is told.
detectors.py plays the same through score alone in minutes.

Platform and fleet run on one clock, faster than the world's; then the auditor compares every value, and what was raised
with what was injected: an alert or an anomaly of the device (and metric) between a fault's start and five minutes after
its end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.demo_process import Demo
from benchmarks.report import Table, show
from benchmarks.simulators import Audit, audit, fleet

START = "2026-11-24T07:00:00Z"
DELAYS = ("injected", "found", "recall", "delay_p50", "delay_p95")
LATE = 600.0
"""Seconds that the fleet may take beyond its time."""

COMPARED = 150.0
"""Seconds that the auditor may take for an hour of 200 devices."""


def main(devices: int, hours: float, interval: float, speed: float, seed: int, rate: float) -> list[Table]:
    """One fleet on a platform of its own."""
    with tempfile.TemporaryDirectory() as folder, Demo(Path(folder) / "data") as demo:
        demo.start("--start", START, "--speed", str(speed))
        numbers = {"devices": devices, "interval": interval, "speed": speed, "seed": seed, "duration": hours * 3600,
                   "fault-rate": rate}  # fmt: skip
        options = [f"--{name}={number:g}" for name, number in numbers.items()]
        kinds = "--faults=spike,drift,stuck,dropout,noise,offline"
        with fleet(demo.mqtt, Path(folder) / "sent", *options, kinds, f"--start={demo.url}") as sending:
            time.sleep(hours * 3600 / speed)
            sending.ended(LATE)
            said = audit(demo, sending.readings, "--truth", str(sending.truth), seconds=hours * COMPARED)
            return [_table(said, numbers)]


def _table(said: Audit, numbers: dict[str, float]) -> Table:
    faults, readings = said.report["faults"], said.report["readings"]
    rows = [[kind, *("" if of[name] is None else f"{of[name]:g}" for name in DELAYS)]
            for kind, of in faults["kinds"].items()]  # fmt: skip
    told = ", ".join(f"{name} {number:g}" for name, number in numbers.items())
    notes = [
        f"false: {faults['false']}; asked: at most 0.5 alerts a device and day",
        f"of {readings['acked']:,} readings acknowledged {readings['stored']:,} are stored; check: {said.kinds()}",
    ]
    head = ("kind", "injected", "found", "recall (asked: 0.9)", "delay p50, s", "delay p95, s")
    return Table(f"Faults through the whole platform: {told}", head, rows, notes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    for name, default in (("devices", 200), ("hours", 24.0), ("interval", 10.0), ("speed", 96.0), ("seed", 21),
                          ("rate", 4.0)):  # fmt: skip
        parser.add_argument(f"--{name}", type=type(default), default=default)
    show(main(**vars(parser.parse_args())))

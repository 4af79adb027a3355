"""How much the platform takes on the real servers, all on this machine: `python -m benchmarks.servers_steps`. Messages
of 100 readings, faster step by step, until what is stored falls behind what is sent.

A step is held if what is published is stored within LATE, and not later from third to third: so a backlog
anywhere shows, at the broker, in the log or in a store.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.processes import Watched
from benchmarks.report import Table, show
from benchmarks.servers_load import RULE, Plan
from benchmarks.servers_place import Ground, line, running

ASKED, GOAL = 5, 10
"""Million readings a minute."""

MILLIONS = (3, 5, 6, 8, 10, 12)
DEVICES, METRICS = 1_000, 100
WARM, SECONDS = 10.0, 30.0
"""A step."""

FIRST, LASTS = 1.0, 65.0
"""Million a minute, and seconds, of a step that is not told: 100,000 series are registered, and at the first end of a
minute InfluxDB makes room for the rollups of each."""

LATE = 15.0
"""Seconds from sending to InfluxDB's answer, of the slowest in the last third of a step that is held: at the end of a
minute 100,000 rollups are written too."""

GROWS = 1.5
"""Seconds by which the last third may be stored later than the first."""


class Step(NamedTuple):
    """Seconds from sending to being stored. thirds: p50 of each third of what was measured; p99, most: of all;
    latest: the slowest of the last third."""

    millions: float
    thirds: Sequence[float]
    p99: float
    most: float
    latest: float
    late: float
    unacked: int
    cores: Mapping[str, tuple[float, float]]

    @property
    def is_held(self) -> bool:
        grows = self.thirds[-1] - self.thirds[0]
        return not self.unacked and self.latest <= LATE and grows <= GROWS


def main(millions: Sequence[float] = MILLIONS) -> list[Table]:
    """The table: up to the first step that is not held."""
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="tidings-steps-") as folder, Ground(Path(folder)) as ground:
        ground.begin()
        ground.call("POST", "rules", RULE)
        _step(ground, FIRST, LASTS)
        for each in millions:
            steps.append(_step(ground, each))
            if not steps[-1].is_held:
                break
    return [_table(steps)]


def _step(ground: Ground, millions: float, seconds: float = SECONDS) -> Step:
    interval = DEVICES * METRICS * 60 / (millions * 1e6)
    plan = Plan(DEVICES, METRICS, interval, WARM, seconds)
    with running("servers_load", port=ground.servers["mosquitto"].port, **plan._asdict()) as load:
        start = line(load)["start"] + plan.warm
        time.sleep(max(0.0, start - time.time()))
        watched = Watched({**ground.pids(), "load": load.pid, "benchmark": os.getpid()})
        time.sleep(max(0.0, start + plan.seconds - time.time()))
        cores, said = watched.spent(), line(load)
    _settle(ground, start + plan.seconds)
    at, times = ground.stored()
    mine = times >= start
    took, thirds = (at - times)[mine], ((times[mine] - start) * 3 / plan.seconds).astype(int).clip(0, 2)
    middle = [float(np.median(took[thirds == third])) for third in range(3)]
    p99, most = np.percentile(took, [99, 100]).tolist()
    latest = float(took[thirds == 2].max())
    return Step(millions, middle, p99, most, latest, said["late_p99"], int(said["unacked"]), cores)


def _settle(ground: Ground, sent: float) -> None:
    """Until the last second of what was sent is stored, or it is plain that it is not."""
    deadline = time.monotonic() + 30.0
    while time.monotonic() < deadline:
        _, times = ground.stored()
        if len(times) and times.max() > sent - 0.5:
            return
        time.sleep(1.0)


def _table(steps: Sequence[Step]) -> Table:
    rows = []
    for step in steps:
        rate, used = step.millions * 1e6 / 60, sum(core for core, _ in step.cores.values())
        dear = sorted(step.cores.items(), key=lambda each: -each[1][0])[:5]
        told = ", ".join(f"{name} {core:.2f}" for name, (core, _) in dear)
        rows.append([
            f"{step.millions:g} M", "yes" if step.is_held else "no", " ".join(f"{each:.1f}" for each in step.thirds),
            f"{step.p99:.1f}", f"{step.most:.1f}", f"{step.late:.0f}", f"{used:.2f}", f"{used / rate * 1e6:.1f}", told,
        ])  # fmt: skip
    held = max((step.millions for step in steps if step.is_held), default=0)
    head = ["readings a minute", "held", "stored after s, by thirds", "p99", "max", "load behind, ms", "cores",
            "µs a reading", "the dearest, cores"]  # fmt: skip
    title = f"The highest rate in messages of {METRICS} readings: {held:g} M a minute"
    return Table(title, head, rows, [f"Asked: ≥ {ASKED} M, the goal is {GOAL} M, each for {SECONDS:g} s."])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_steps")
    parser.add_argument("--millions", type=float, nargs="+", default=MILLIONS)
    show(main(parser.parse_args().millions))

"""The platform on the real servers at 1,000,000 readings a minute from 10,000 MQTT connections, all on this machine:
`python -m benchmarks.servers_rate [--seconds S]`. Also what each process takes for it, beside the budget.

Devices cross a threshold at moments that are known; the alerts are timed from the intended sending to a plain consumer
of Kafka in another process. Each write to InfluxDB is timed as it is answered. Writes latency.svg.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import numpy as np
import orjson

from benchmarks.counted import counted
from benchmarks.processes import Watched
from benchmarks.report import ROOT, Table, show
from benchmarks.servers_budget import spending
from benchmarks.servers_load import RULE, Plan
from benchmarks.servers_picture import picture
from benchmarks.servers_place import Ground, line, running

PLAN = Plan(devices=10_000, metrics=10, interval=6.0, warm=84.0, seconds=60.0, planted=2_500)
"""Warm: in the first seconds 10,000 devices with 100,000 series are registered, and at the first end of a minute
InfluxDB makes room for the rollups of each."""

ALERT, STORED = 100.0, 3_000.0
"""ms, asked of p99."""

SETTLES = 5.0
"""Seconds after the last message."""

PICTURE = ROOT / "benchmarks" / "latency.svg"


class Measured(NamedTuple):
    """took: ms of each alert; twice: alerts that came twice. stored: ms from sending to InfluxDB's answer. said: by the
    load. points: that InfluxDB has."""

    plan: Plan
    took: Sequence[float]
    twice: int
    stored: Sequence[float]
    said: dict[str, float]
    stages: Counter[str]
    cores: dict[str, tuple[float, float]]

    @property
    def readings(self) -> int:
        """All that were sent."""
        return self.plan.messages * self.plan.metrics


class Listener:
    """What the plain consumer says, kept as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.took: dict[str, float] = {}
        self.twice = 0
        self._process = process
        line(process)
        Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        for said in self._process.stdout or ():
            alert = orjson.loads(said)
            self.twice += alert["id"] in self.took
            self.took[alert["id"]] = alert["took"]


def main(seconds: float = PLAN.seconds) -> list[Table]:
    """The tables; the picture beside this file."""
    found = measured(PLAN._replace(seconds=seconds))
    if found.took:
        title = f"From a reading to alert.raised on Kafka, at {found.plan.a_minute:,} readings a minute"
        picture(PICTURE, found.took, ALERT, title)
    return [_asked(found), spending(found.cores, found.plan.readings / found.plan.seconds)]


def measured(plan: Plan) -> Measured:
    """On servers of its own."""
    with tempfile.TemporaryDirectory(prefix="tidings-rate-") as folder, Ground(Path(folder)) as ground:
        ground.begin()
        ground.call("POST", "rules", RULE)
        kafka = ground.servers["kafka"].port
        with (
            running("servers_listen", port=kafka, rule=RULE["id"]) as listening,
            running("servers_load", port=ground.servers["mosquitto"].port, **plan._asdict()) as load,
        ):
            heard = Listener(listening)
            start = line(load)["start"] + plan.warm
            time.sleep(max(0.0, start - time.time()))
            watched = Watched({**ground.pids(), "load": load.pid, "listener": listening.pid, "benchmark": os.getpid()})
            time.sleep(max(0.0, start + plan.seconds - time.time()))
            cores, said = watched.spent(), line(load)
            time.sleep(SETTLES)
        stages = counted(lambda: ground.call("GET", "ledger?limit=10000").json()["items"], plan.messages * plan.metrics)
        at, times = ground.stored()
    stored = (at - times)[times >= start] * 1000
    return Measured(plan, [*heard.took.values()], heard.twice, stored.tolist(), said, stages, cores)


def _asked(found: Measured) -> Table:
    plan, stages = found.plan, found.stages
    p50, p95, p99, most = _quantiles(found.took)
    near, _, far, last = _quantiles(found.stored)
    late = f"{found.said['late_p50']:.1f}, {found.said['late_p99']:.1f} ms"
    rows = [
        ["MQTT connections", f"{plan.devices:,}", "10,000"],
        ["readings a minute", f"{plan.a_minute:,}", "1,000,000"],
        ["threshold crossings planted", f"{plan.planted:,}", "≥ 2,000"],
        ["alert.raised at a plain consumer of Kafka", f"{len(found.took):,}, twice {found.twice}", "all, 0"],
        ["of it p50, p95, max", f"{p50:.0f}, {p95:.0f}, {most:.0f} ms", ""],
        ["of it p99", f"{p99:.0f} ms", f"≤ {ALERT:g} ms"],
        ["published → stored p50, max", f"{near:,.0f}, {last:,.0f} ms", ""],
        ["published → stored p99", f"{far:,.0f} ms", f"≤ {STORED:,g} ms"],
        ["readings sent, before it is timed among them", f"{found.readings:,}", ""],
        *([stage, f"{stages[stage]:,}", "the same"] for stage in ("validate in", "record out", "archive out")),
        ["lost by the ledger; not acknowledged", f"{stages['lost']:,}; {found.said['unacked']:,.0f}", "0; 0"],
        ["the load behind its schedule, p50 and p99", late, ""],
    ]  # fmt: skip
    title = f"Real servers at {plan.a_minute:,} readings a minute for {plan.seconds:g} s"
    return Table(title, ["", "measured", "asked"], rows)


def _quantiles(took: Sequence[float]) -> list[float]:
    return np.percentile(took, [50, 95, 99, 100]).tolist() if len(took) else [float("nan")] * 4


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_rate")
    parser.add_argument("--seconds", type=float, default=PLAN.seconds)
    show(main(parser.parse_args().seconds))

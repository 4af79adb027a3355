"""How much the one-command platform takes: `python -m benchmarks.throughput [--seconds S] [--steps]`.

The simulator's fleet sends over MQTT while twenty devices more cross a threshold (crossings.py), whose alerts are timed
at a Socket.IO client. Then everything is counted: what was sent, what each stage took in and gave out, what is stored.
--steps: higher rates after it, with more metrics a message, until one is not held.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple

import orjson

from benchmarks.counted import counted
from benchmarks.crossings import Plan
from benchmarks.demo_process import Demo
from benchmarks.latency import Arrived, arrived, crossing, hearing, plant, sent, wait_for
from benchmarks.processes import Watched
from benchmarks.report import Table, show
from benchmarks.simulators import started

SECONDS = 60
P99 = 250.0
"""ms, asked of the alerts meanwhile."""

WARM = 25
"""Seconds before anything is timed: in the first six 10,000 devices with 100,000 series are registered, and for ten
more alerts come a second or two late."""

LAG = re.compile(r'^tidings_lag_records\{.*group="([^"]+)".*\} ([0-9.e+]+)$', re.MULTILINE)


class Rate(NamedTuple):
    """A message of each device once in `interval` seconds."""

    devices: int
    metrics: int
    interval: float

    @property
    def a_minute(self) -> int:
        return round(self.devices * self.metrics * 60 / self.interval)


ASKED = Rate(10_000, 10, 6.0)
STEPS = (Rate(10_000, 20, 6.0), Rate(10_000, 30, 6.0), Rate(10_000, 50, 6.0))
"""2, 3 and 5 million a minute."""


class Held(NamedTuple):
    """readings: sent and acknowledged. counted: by the ledger (`validate in`, …). lag: records that the chains had not
    saved a second after the end. late: ms that the fleet was behind its schedule (p99)."""

    readings: int
    unacked: int
    counted: Counter[str]
    came: Arrived
    planted: int
    lag: float
    late: float
    spent: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lost: in = out = stored = sent, and every alert came."""
        stages = ("validate in", "validate out", "record in", "record out", "archive out")
        return (
            not self.unacked and not self.counted["lost"] and len(self.came.took) == self.planted
            and all(self.counted[stage] == self.readings for stage in stages)
        )  # fmt: skip


def main(seconds: int = SECONDS, steps: bool = False) -> list[Table]:
    """What was asked, and on request the steps beyond."""
    tables = [_asked(run(ASKED, seconds), seconds)]
    if steps:
        tables.append(_beyond(seconds))
    return tables


def run(rate: Rate, seconds: int) -> Held:
    """One rate, on a platform of its own."""
    plan = Plan(devices=20, metrics=10, seconds=seconds)
    with tempfile.TemporaryDirectory() as folder, Demo(Path(folder) / "data") as demo:
        demo.start()
        plant(demo)
        events = Path(folder) / "live.events"
        with hearing(demo, events), sending(demo, rate, Path(folder) / "fleet", WARM + seconds) as fleet:
            time.sleep(WARM)
            with crossing(demo, plan) as sender:
                watched = Watched({"platform": demo.pid, "broker": demo.broker() or 0, "simulator": fleet.pid})
                time.sleep(seconds - 2)
                spent, said = watched.told(), sent(sender, 60)
            fleet.wait(seconds + 90)
            time.sleep(1)
            lag = _lag(demo)
            wait_for(events, plan.crossings)
        told = orjson.loads((Path(folder) / "fleet").read_bytes().splitlines()[-1])
        readings = told["acked"] * rate.metrics + round(said["sent"] - said["unacked"]) * plan.metrics
        unacked = told["not_acked"] + round(said["unacked"])
        stages = counted(lambda: demo.get("ledger", limit=10_000)["items"], readings)
        return Held(readings, unacked, stages, arrived(events), plan.crossings, lag, told["late_ms"]["p99"], spent)


@contextmanager
def sending(demo: Demo, rate: Rate, said: Path, seconds: int) -> Iterator[Popen[bytes]]:
    """The simulator's fleet, without faults; its summary is the last line it says."""
    command = ["run", "--url", demo.mqtt, "--devices", str(rate.devices), "--metrics", str(rate.metrics)]
    process = started([*command, "--interval", str(rate.interval), "--duration", str(seconds), "--json"], said)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _lag(demo: Demo) -> float:
    """Records that the slowest chain has not saved; the archive saves only when it cuts a file."""
    shown = LAG.findall(demo.call("GET", "/metrics").text)
    return max((float(lag) for group, lag in shown if not group.startswith("archive")), default=float("nan"))


def _asked(held: Held, seconds: int) -> Table:
    p50, p95, p99, most = held.came.quantiles()
    rows = [
        ["readings sent and acknowledged", f"{held.readings:,}", ""],
        *([stage, f"{held.counted[stage]:,}", "the same"] for stage in ("validate in", "validate out", "record out")),
        ["archive out", f"{held.counted['archive out']:,}", "the same"],
        ["lost by the ledger", f"{held.counted['lost']:,}", "0"],
        ["not acknowledged", f"{held.unacked:,}", "0"],
        ["alerts at the client", f"{len(held.came.took)} of {held.planted}", "all"],
        ["alert latency p50, p95, max", f"{p50:.0f}, {p95:.0f}, {most:.0f} ms", ""],
        ["alert latency p99", f"{p99:.0f} ms", f"≤ {P99:g} ms"],
        ["lag a second after the end", f"{held.lag:,.0f} records", "none that grows"],
        ["the fleet behind its schedule, p99", f"{held.late:.0f} ms", ""],
    ]
    title = f"Throughput: {ASKED.a_minute:,} readings a minute from {ASKED.devices:,} devices, {seconds} s"
    return Table(title, ["", "measured", "asked"], rows, [f"Meanwhile, of a core: {held.spent}."])


def _beyond(seconds: int) -> Table:
    rows = []
    for rate in STEPS:
        held = run(rate, seconds)
        _, _, p99, _ = held.came.quantiles()
        rows.append([f"{rate.a_minute:,}", str(rate.metrics), "yes" if held.is_whole else "no", f"{p99:.0f} ms",
                     f"{held.late:.0f} ms", held.spent])  # fmt: skip
        if not held.is_whole:
            break
    head = ["readings a minute", "metrics a message", "nothing lost", "alert p99", "fleet behind, p99", "of a core"]
    return Table("Beyond: the goal is 5,000,000", head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--steps", action="store_true")
    show(main(**vars(parser.parse_args())))

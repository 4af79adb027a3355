"""`python -m benchmarks.chaos`: the platform killed again and again under running fleets, then audited. tests/platform
runs a short one.

Each kill is SIGKILL at a moment drawn from the seed, some of them while the platform is still starting. When all is
over it is started once more with its clock eleven minutes on, so that minutes, rollups and Parquet files are closed and
can be compared too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.demo_process import Demo, until
from benchmarks.logged import Logged
from benchmarks.simulators import Audit, audit, fleet, joined, listening
from events.times import rfc3339
from functions.archive import manifest
from functions.archive.manifest import Entry
from stores.objects import FolderObjects

LATER = 11 * 60_000_000
"""µs. Every open minute, rollup and file is closed when the clock is so much further."""

STILL_STARTING = 0.3
"""Of the kills: those that are followed by another one before the platform is up again."""


@dataclass(frozen=True)
class Plan:
    """kills: how many. apart: seconds between two of them, at most. devices: of each of the two fleets."""

    kills: int = 10
    apart: float = 8.0
    devices: int = 40
    interval: float = 0.5
    seed: int = 1


@dataclass
class Outcome:
    """ready: seconds from each start to readiness. unacked: exit status of the fleets. raised: ids of alerts, from the
    log. repeated: events that the log has twice; contradictions: those of them that differ. manifest, rebuilt: what the
    archive says of its files, and what these say themselves."""

    ready: list[float] = field(default_factory=list)
    unacked: list[int] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    repeated: int = 0
    contradictions: list[str] = field(default_factory=list)
    manifest: list[Entry] = field(default_factory=list)
    rebuilt: list[Entry] = field(default_factory=list)
    ended: int = -1
    audit: Audit | None = None


def run(demo: Demo, folder: Path, plan: Plan) -> Outcome:
    """Kills the platform under an MQTT and an HTTP fleet, ends it, and audits what it kept."""
    outcome, draw = Outcome(), Random(plan.seed)
    outcome.ready.append(demo.start())
    awkward = ("--awkward", "repeat,reorder,revise", "--first-fault", "2", "--devices", str(plan.devices))
    paced = (*awkward, "--interval", str(plan.interval), "--seed", str(plan.seed), "--drain", "60")
    with ExitStack() as stack:
        stack.enter_context(listening(demo, folder / "live.events"))
        fleets = [
            stack.enter_context(fleet(demo.mqtt, folder / "mqtt", "--profiles", "pump,meter,vehicle", *paced)),
            stack.enter_context(fleet(demo.url, folder / "http", "--profiles", "cold-room,weather", *paced)),
        ]
        for _ in range(plan.kills):
            outcome.ready.append(_killed(demo, draw, plan))
        time.sleep(draw.uniform(0.0, 2.0))
        outcome.unacked = [each.end() for each in fleets]
    readings = joined(folder / "all.readings", [each.readings for each in fleets])
    truth = joined(folder / "all.truth", [each.truth for each in fleets])
    outcome.ended = demo.end()
    logged = Logged(demo.folder)
    outcome.raised = logged.raised(folder / "log.events")
    outcome.repeated, outcome.contradictions = logged.contradictions()
    demo.start("--start", rfc3339(time.time_ns() // 1000 + LATER))
    settled(demo)
    outcome.audit = audit(
        demo, readings, "--truth", str(truth), "--objects", str(demo.folder / "objects"),
        "--events", str(folder / "live.events"), "--log", str(folder / "log.events"),
    )  # fmt: skip
    objects = FolderObjects(demo.folder / "objects")
    outcome.manifest = manifest.files(objects, "main")
    manifest.rebuild(objects, "main")
    outcome.rebuilt = manifest.files(objects, "main")
    return outcome


def settled(demo: Demo) -> None:
    """Waits until the archive has written the files it had open."""
    until(lambda: list((demo.folder / "objects").rglob("*.parquet")), "Parquet files")
    until(lambda: _all_counted(demo), "the archive's minutes")


def _all_counted(demo: Demo) -> bool:
    """Whether nothing of any minute is in flight, and the archive has counted all that validate gave."""
    rows = demo.get("ledger", limit=10_000)["items"]
    given, kept = (
        sum(row[n] for row in rows if row["stage"] == s) for s, n in (("validate", "out"), ("archive", "out"))
    )
    return bool(given) and given <= kept


def _killed(demo: Demo, draw: Random, plan: Plan) -> float:
    time.sleep(draw.uniform(0.2, plan.apart))
    demo.kill()
    if draw.random() < STILL_STARTING:
        demo.spawn()
        time.sleep(draw.uniform(0.2, 3.0))
        demo.kill()
    return demo.start()


def main(arguments: list[str] | None = None) -> int:
    """0 clean, 1 something was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    for name, (kind, default) in {
        "kills": (int, 10), "apart": (float, 8.0), "devices": (int, 40), "interval": (float, 0.5), "seed": (int, 1),
    }.items():  # fmt: skip
        parser.add_argument(f"--{name}", type=kind, default=default)
    plan = Plan(**vars(parser.parse_args(arguments)))
    with tempfile.TemporaryDirectory(prefix="tidings-chaos-") as place, Demo(Path(place) / "data") as demo:
        outcome = run(demo, Path(place), plan)
    ready = sorted(outcome.ready)
    print(f"ready after s: median {ready[len(ready) // 2]:.1f}, longest {ready[-1]:.1f}, of {len(ready)} starts")
    print(f"fleets: exit {outcome.unacked}; ended with {outcome.ended}; alerts raised on the log {len(outcome.raised)}")
    print(f"repeated on the log: {outcome.repeated}, of them different: {outcome.contradictions}")
    assert outcome.audit is not None
    print(json.dumps({**outcome.audit.report, "findings": outcome.audit.report["findings"][:40]}, indent=1))
    return 1 if outcome.contradictions else outcome.audit.status


if __name__ == "__main__":
    sys.exit(main())

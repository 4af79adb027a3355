"""`python -m benchmarks.chaos_servers [--only NAME …] [--seed N]`: one recorded file through Mosquitto, pods that are
processes of their own, Kafka, InfluxDB, the document server and S3, under faults; then one audit. Called by `make
chaos`; tests/platform runs a short one.

The file's device times are fixed. Alerts and anomalies on the log must be those of an undisturbed run of the same file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.chaos_faults import FAULTS, LASTS
from benchmarks.chaos_file import Recording, Said, said, silent
from benchmarks.chaos_outcome import Outcome, tell
from benchmarks.chaos_place import Place
from benchmarks.logged import LoggedOn
from benchmarks.simulators import audit

SHORT = ("kill-stream", "kill-store", "kill-bridge", "kill-kafka")
"""The faults of the tests."""


@dataclass(frozen=True)
class Plan:
    """only: names of FAULTS, in any order. apart: seconds between a recovery and the next fault, at most."""

    only: Sequence[str] = tuple(FAULTS)
    devices: int = 40
    apart: float = 4.0
    seed: int = 1

    @property
    def seconds(self) -> float:
        """How long the file is."""
        return 10.0 + sum(LASTS[name.split("-")[0]] + self.apart for name in self.only)

    def order(self, draw: Random) -> list[str]:
        """Mosquitto's death comes last, so that what it loses is told from what others lose."""
        drawn = sorted(self.only)
        draw.shuffle(drawn)
        return sorted(drawn, key=lambda name: name == "kill-mosquitto")


def run(folder: Path, plan: Plan) -> Outcome:
    """All of it. Failed: something that should come back did not."""
    outcome = Outcome()
    with Place(folder) as place:
        recording = Recording(folder / "file", plan.devices, plan.seconds, time.time_ns() // 1000, plan.seed)
        recording.record(place.mqtt)
        outcome.began = place.begin()
        sending = recording.sent(place.mqtt, folder / "sent")
        try:
            _disturb(place, plan, outcome)
            outcome.unacked = sending.ended(plan.seconds + 180.0)
        finally:
            sending.close()
        over = sending.readings.stat().st_mtime_ns // 1000
        outcome.audit = audit(place, sending.readings, "--objects", str(place.objects))
        outcome.ended = {name: pod.end() for name, pod in place.pods.items()}
        outcome.lossy = frozenset(f["device"] for f in outcome.audit.report["findings"] if f["kind"] == "lost")
        logged, expected = LoggedOn(place.servers["kafka"].url), recording.undisturbed(folder, place.definitions)
        _compare(logged, expected, over, outcome)
    return outcome


def _disturb(place: Place, plan: Plan, outcome: Outcome) -> None:
    draw = Random(plan.seed)
    for name in plan.order(draw):
        time.sleep(draw.uniform(1.0, plan.apart))
        recovery, alerts = FAULTS[name](place)
        outcome.recovery[name] = recovery
        if alerts is not None:
            outcome.alerts[name] = alerts
        meanwhile = "" if alerts is None else f", {alerts} alert events meanwhile"
        print(f"{name:16} recovered after {recovery:5.1f} s{meanwhile}", flush=True)


def _compare(logged: LoggedOn, undisturbed: dict[str, Said], over: int, outcome: Outcome) -> None:
    """over: when all was sent, µs."""
    for topic, all in undisturbed.items():
        expected = {each for each in all if each.device not in outcome.lossy}
        found = {each for each in said(logged.events(topic)) if each.device not in outcome.lossy}
        outcome.compared[topic] = len(expected)
        differs = [f"+{each}" for each in sorted(found - expected)] + [f"-{each}" for each in sorted(expected - found)]
        outcome.differs[topic] = differs
    outcome.silent = silent(logged.events("alert"), over)
    outcome.repeated, outcome.contradictions = logged.contradictions()


def main(arguments: list[str] | None = None) -> int:
    """0 clean, 1 something was lost, doubled, wrong or too slow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos_servers", description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(FAULTS), choices=list(FAULTS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, default=40)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tidings-chaos-") as place:
        outcome = run(Path(place), Plan(chosen.only, chosen.devices, seed=chosen.seed))
    tell(outcome)
    return 1 if outcome.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())

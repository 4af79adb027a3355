"""`python -m benchmarks.chaos_servers [--only NAME …] [--seed N]`: one recorded file through Mosquitto, pods that are
processes of their own, Kafka, InfluxDB, the document server and S3, under faults; then one audit. Called by `make
chaos`; tests/platform runs a short one.

The file's device times are fixed. Alerts and anomalies on the log must be those of an undisturbed run of the same file.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.chaos_archive import archive, settled
from benchmarks.chaos_disk import Disk
from benchmarks.chaos_faults import BRIDGE_AWAY, FAULTS, LASTS, LONG, NEEDS_ROOT, USUAL, bridge_away
from benchmarks.chaos_file import Recording
from benchmarks.chaos_outcome import Outcome, tell
from benchmarks.chaos_place import Place
from benchmarks.chaos_said import SILENCE, Said, made_up, said
from benchmarks.logged import LoggedOn
from benchmarks.simulators import audit

SETTLES = 300.0
"""Seconds that the auditor may wait for what is in flight: the machine may have much else to do."""


@dataclass(frozen=True)
class Plan:
    """only: names of FAULTS, in any order. apart: seconds between a recovery and the next fault at most. least: seconds
    that are sent at least, so that there are anomalies. bridge_away: for how many seconds it is."""

    only: Sequence[str] = tuple(FAULTS)
    devices: int = 40
    apart: float = 4.0
    seed: int = 1
    least: float = 75.0
    bridge_away: float = BRIDGE_AWAY

    @property
    def seconds(self) -> float:
        """How long the file is: longer than any machine takes."""
        lasts = sum(LASTS.get(name.split("-")[0], USUAL) + self.apart for name in self.only)
        return self.least + 60.0 + lasts + max(0.0, self.bridge_away - BRIDGE_AWAY)

    def order(self, draw: Random) -> list[str]:
        """Mosquitto's death comes last, so that what it loses is told from what others lose."""
        drawn = sorted(self.only)
        draw.shuffle(drawn)
        return sorted(drawn, key=lambda name: name == "kill-mosquitto")


def run(folder: Path, plan: Plan) -> Outcome:
    """All of it. Failed: something that should come back did not."""
    outcome = Outcome()
    with Place(folder, plan.devices) as place:
        recording = Recording(folder / "file", plan.devices, plan.seconds, time.time_ns() // 1000, plan.seed)
        recording.record()
        outcome.began = place.begin()
        began = time.time()
        sending = recording.sent(place.mqtt, folder / "sent")
        try:
            _disturb(place, plan, outcome)
            time.sleep(max(0.0, plan.least - (time.time() - began)))
            outcome.unacked = sending.end()
        finally:
            sending.close()
        outcome.left = plan.seconds - recording.cut(sending.readings) - 1.0
        if (killed := place.killed.get("mosquitto")) is not None:
            outcome.died = recording.start + round((killed - began) * 1e6)
        outcome.ended["bridge"] = archive(place, "full-objects" in plan.only)
        outcome.audit = audit(place, sending.readings, "--objects", str(place.objects), "--settle", str(SETTLES),
                              seconds=3 * SETTLES)  # fmt: skip
        outcome.archived = settled(place)
        outcome.ended |= {name: pod.end() for name, pod in place.pods.items()}
        findings = outcome.report["findings"]
        outcome.lossy = frozenset(f["device"] for f in findings if f["kind"] == "lost")
        logged = LoggedOn(place.servers["kafka"].url)
        _compare(logged, recording.undisturbed(folder, place.definitions), outcome)
        outcome.silent = made_up(logged.events("alert"), recording.gaps(SILENCE), began)
    return outcome


def _disturb(place: Place, plan: Plan, outcome: Outcome) -> None:
    draw = Random(plan.seed)
    faults = {**FAULTS, "bridge-away": bridge_away(plan.bridge_away)}
    for name in plan.order(draw):
        time.sleep(draw.uniform(1.0, plan.apart))
        effect = faults[name](place)
        outcome.recovery[name] = effect.recovery
        if effect.alerts is not None:
            outcome.alerts[name] = effect.alerts
        if effect.taken is not None:
            outcome.taken[name] = effect.taken
        meanwhile = "" if effect.alerts is None else f", {effect.alerts} alert events meanwhile"
        taken = "" if effect.taken is None else f", taken over after {effect.taken:.1f} s"
        print(f"{name:17} recovered after {effect.recovery:5.1f} s{taken}{meanwhile}", flush=True)


def _compare(logged: LoggedOn, undisturbed: dict[str, Said], outcome: Outcome) -> None:
    for topic, all in undisturbed.items():
        expected = {each for each in all if each.device not in outcome.lossy}
        found = {each for each in said(logged.events(topic)) if each.device not in outcome.lossy}
        outcome.compared[topic] = len(expected)
        differs = [f"+{each}" for each in sorted(found - expected)] + [f"-{each}" for each in sorted(expected - found)]
        outcome.differs[topic] = differs
    outcome.repeated, outcome.contradictions = logged.contradictions()
    for event in logged.events("dead.letter"):
        outcome.dead[event.data.function] += len(event.data.rows)


def main(arguments: list[str] | None = None) -> int:
    """0 clean, 1 something was lost, doubled, wrong or too slow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos_servers", description=__doc__)
    usual = [name for name in FAULTS if name not in LONG and (Disk.may() or name not in NEEDS_ROOT)]
    every = ", ".join(FAULTS)
    parser.add_argument("--only", nargs="*", default=usual, choices=list(FAULTS), metavar="NAME", help=f"of {every}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, default=40)
    parser.add_argument("--bridge-away", type=float, default=BRIDGE_AWAY, help="seconds (default %(default)s)")
    chosen = parser.parse_args(arguments)
    for name in NEEDS_ROOT - set(usual):
        print(f"{name}: left out, it needs root")
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the small disk is unmounted
    plan = Plan(chosen.only, chosen.devices, seed=chosen.seed, bridge_away=chosen.bridge_away)
    with tempfile.TemporaryDirectory(prefix="tidings-chaos-") as place:
        outcome = run(Path(place), plan)
    tell(outcome)
    return 1 if outcome.wrong() or outcome.slow() else 0


if __name__ == "__main__":
    sys.exit(main())

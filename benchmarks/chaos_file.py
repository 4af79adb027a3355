"""One recorded file of a small fleet: made, sent again, and what an undisturbed platform says to it. Used by
chaos_servers.py.

The devices repeat, reorder and revise, suffer a fault of each kind, and each of them is far out now and then, so that
there are anomalies to compare. The file is longer than it is sent: sending ends with the last fault of the platform.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import orjson

from benchmarks.chaos_said import Said, said
from benchmarks.demo_process import Demo
from benchmarks.logged import Logged
from benchmarks.simulators import Fleet
from simulator.awkward import KINDS as AWKWARD
from simulator.awkward import awkwardly
from simulator.faults import KINDS, Plan, Wishes
from simulator.fleet import build
from simulator.messages import Message
from simulator.replay import recorded, replayed
from simulator.schedule import Schedule
from simulator.signals import Signals

ODD = {"pump": ("pressure", 15.0), "meter": ("frequency", 54.0), "vehicle": ("oil_pressure", 11.5),
       "cold-room": ("humidity", 5.0)}  # fmt: skip
"""Profile → a metric and a value that it never has, though the sensor could."""

ODD_FROM, ODD_SPREAD, ODD_EVERY = 35, 20, 90
"""Seconds of device time: when the first of all devices is far out, over how long they begin, and until the next
time."""

SPEED = 40.0
"""So much quicker is it sent to the undisturbed platform."""

Gaps = Mapping[str, Sequence[tuple[float, float]]]
"""Device → from and until when nothing of it was sent, for a while: seconds after the start of sending."""


@dataclass(frozen=True)
class Recording:
    """A file, and how it was made. seconds: of device time; start: µs UTC."""

    path: Path
    devices: int
    seconds: float
    start: int
    seed: int

    def record(self) -> None:
        """Makes it."""
        start = self.start / 1e6
        fleet = build(list(ODD), self.devices, 0, 1.0, self.seed)
        plan = Plan(fleet, Wishes(KINDS, 4.0, start + 60.0, start + 5.0))
        messages = Schedule(Signals(fleet), plan, start, lambda _: None).messages(self.seconds)
        for _ in recorded(map(self._oddly, awkwardly(messages, list(AWKWARD), fleet)), self.path):
            pass

    def sent(self, url: str, stem: Path, speed: float = 1.0) -> Fleet:
        """Sends it; to be closed."""
        options = ["--devices", str(self.devices), "--seed", str(self.seed), "--profiles", ",".join(ODD)]
        return Fleet(url, stem, *options, "--replay", str(self.path), "--speed", str(speed), "--drain", "120")

    def cut(self, readings: Path) -> float:
        """Leaves of the file what was sent by these readings; the seconds that it lasts now."""
        with readings.open("rb") as lines:
            orders = [orjson.loads(line)["order"] for line in lines]
        with self.path.open("rb") as file:
            kept = list(itertools.islice(file, max(orders) - min(orders) + 1))
        self.path.write_bytes(b"".join(kept))
        return float(orjson.loads(kept[-1])["offset"])

    def gaps(self, least: float) -> Gaps:
        """Those of at least so many seconds; the last of each device has no end."""
        moments: defaultdict[str, list[float]] = defaultdict(list)
        for message in replayed(self.path):
            moments[message.device].append(message.due)
        return {
            device: [(a, b) for a, b in itertools.pairwise([*sorted(all), float("inf")]) if b - a >= least]
            for device, all in moments.items()
        }

    def undisturbed(self, folder: Path, definitions: Path) -> dict[str, Said]:
        """What one process over embedded engines says to it."""
        with Demo(folder / "undisturbed", {"TIDINGS_DEFINITIONS": str(definitions)}) as demo:
            demo.start()
            sending = self.sent(demo.mqtt, folder / "again", SPEED)
            try:
                _well(sending)
            finally:
                sending.close()
            assert demo.end() == 0, demo.said.read_text()
        log = Logged(folder / "undisturbed")
        return {topic: said(log.events(topic)) for topic in ("alert", "anomaly")}

    def _oddly(self, message: Message) -> Message:
        metric, value = ODD[message.device.rpartition("-")[0]]
        since = message.time // 1000 - self.start // 1_000_000 - ODD_FROM - crc32(message.device.encode()) % ODD_SPREAD
        if since < 0 or since % ODD_EVERY:
            return message
        values = [value if name == metric else held for name, held in zip(message.names, message.values, strict=True)]
        return replace(message, values=values, payload=b"")


def _well(fleet: Fleet) -> None:
    status = fleet.ended(900.0)
    if status:
        raise AssertionError(f"{fleet.readings} ended with {status}: {fleet.readings.with_suffix('.said').read_text()}")

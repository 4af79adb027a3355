"""One recorded file of a small fleet: made, sent again, and what an undisturbed platform says to it. Used by
chaos_servers.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.demo_process import Demo
from benchmarks.logged import Logged
from benchmarks.simulators import Fleet, fleet
from events.event import Event
from events.payloads import Alert, Anomaly
from events.times import rfc3339
from events.types import verb

FAST = 60.0
"""So much quicker than it is sent later is a file recorded."""

SILENT = "silent"
"""The rule of definitions/rules.yaml that runs on the clock of the log: an outage may end or begin what it says."""


class Told(NamedTuple):
    """An event of an alert or an anomaly."""

    id: str
    verb: str
    version: int
    device: str


Said = frozenset[Told]


@dataclass(frozen=True)
class Recording:
    """A file, and how it was made. seconds: of device time; start: µs UTC."""

    path: Path
    devices: int
    seconds: float
    start: int
    seed: int

    def record(self, mqtt: str) -> None:
        """Over a broker that nobody listens to."""
        options = ["--record", str(self.path), "--duration", str(self.seconds), "--start", rfc3339(self.start)]
        options += ["--awkward", "repeat,reorder,revise", "--first-fault", "5", "--speed", str(FAST)]
        with fleet(mqtt, self.path.with_name("made"), *self._fleet(), *options) as making:
            _well(making)

    def sent(self, url: str, stem: Path, speed: float = 1.0) -> Fleet:
        """Sends it; to be closed."""
        return Fleet(url, stem, *self._fleet(), "--replay", str(self.path), "--speed", str(speed), "--drain", "90")

    def undisturbed(self, folder: Path, definitions: Path) -> dict[str, Said]:
        """What one process over embedded engines says to it."""
        with Demo(folder / "undisturbed", {"TIDINGS_DEFINITIONS": str(definitions)}) as demo:
            demo.start()
            sending = self.sent(demo.mqtt, folder / "again", speed=20.0)
            try:
                _well(sending)
            finally:
                sending.close()
            assert demo.end() == 0, demo.said.read_text()
        log = Logged(folder / "undisturbed")
        return {topic: said(log.events(topic)) for topic in ("alert", "anomaly")}

    def _fleet(self) -> list[str]:
        return ["--devices", str(self.devices), "--seed", str(self.seed), "--profiles", "pump,meter,vehicle,cold-room"]


def said(events: Iterable[Event]) -> Said:
    """Of some events those that do not depend on the clock."""
    found = ((event, event.data) for event in events)
    return frozenset(
        Told(data.id, verb(event.type), data.version, data.device)
        for event, data in found
        if isinstance(data, Anomaly) or (isinstance(data, Alert) and data.rule != SILENT)
    )


def silent(events: Iterable[Event], before: int) -> list[str]:
    """Devices whose silence was told until then, µs."""
    return [
        event.data.device
        for event in events
        if isinstance(event.data, Alert) and event.data.rule == SILENT and event.data.raised_at < before
    ]


def _well(fleet: Fleet) -> None:
    status = fleet.ended(600.0)
    if status:
        raise AssertionError(f"{fleet.readings} ended with {status}: {fleet.readings.with_suffix('.said').read_text()}")

"""How well score finds the simulator's faults: `python -m benchmarks.detectors [--devices 200] [--hours 24]
[--interval 10] [--seeds 1,2,3]`. Also called by tests/functions/score.

The readings of a simulated fleet go straight through the handler, without platform, wires or stores. A fault is found
by an anomaly of its device (and metric) that overlaps the time from its start to GRACE after its end; an anomaly that
overlaps no fault is false. A silent device (offline) is the business of a rule, not of score.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Table, show
from events import types
from events.event import Event, root_sequence, root_source
from events.payloads import Anomaly, Ticked
from events.readings import Readings
from events.state import State
from functions.score.handler import LAYOUT, handle
from simulator.audit.scoring import Run, Span, score
from simulator.effects import Effects
from simulator.faults import KINDS, Fault, Plan, Wishes
from simulator.fleet import Fleet, build
from simulator.profiles import PROFILES
from simulator.signals import Signals

START = 1_795_000_000
"""Unix seconds at which the readings begin."""

GRACE = 60_000_000
MINUTE = 60_000_000
HEAD = ("kind", "injected", "found", "recall", "delay p50, s", "delay p95, s")


@dataclass(frozen=True)
class Setting:
    """hours: of device time. interval: s between the messages of a device. rate: faults a device and day."""

    devices: int = 200
    hours: float = 24.0
    interval: float = 10.0
    seed: int = 1
    rate: float = 4.0


@dataclass
class Simulated:
    """The readings of a fleet, an hour at a time, with the faults that are in them."""

    setting: Setting
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        it = self.setting
        self.fleet: Fleet = build(list(PROFILES), it.devices, 0, it.interval, it.seed)
        self.signals = Signals(self.fleet)
        self.plan = Plan(self.fleet, Wishes(KINDS, it.rate, START + min(1800.0, it.hours * 360)))
        self.effects = Effects(self.signals)
        self.first = START * 1000 // self.fleet.interval + 1
        self.last = self.first + int(it.hours * 3_600_000) // self.fleet.interval

    def batches(self) -> Iterator[Readings]:
        """One message of every device, in the order in which they are sent; and so on."""
        order = np.argsort(self.fleet.phases, kind="stable")
        metrics = tuple(sorted({metric.name for metrics in self.fleet.metrics for metric in metrics}))
        codes = np.full((len(order), max(map(len, self.fleet.metrics))), -1, np.int32)
        for row, device in enumerate(order.tolist()):
            names = [metrics.index(metric.name) for metric in self.fleet.metrics[device]]
            codes[row, : len(names)] = names
        devices = np.broadcast_to(order[:, None], codes.shape).astype(np.int32)
        hour = 3_600_000 // self.fleet.interval
        for begin in range(self.first, self.last, hour):
            ticks = np.arange(begin, min(begin + hour, self.last))
            parts = [self._device(device, ticks) for device in order.tolist()]
            for i, tick in enumerate(ticks.tolist()):
                sent = (codes >= 0) & np.array([part[1][i] for part in parts])[:, None]
                values = np.array([part[0][i] for part in parts])
                times = np.broadcast_to(self.signals.times(order, np.array(tick))[:, None], codes.shape)
                rows = (devices[sent], codes[sent], times[sent] * 1000, values[sent])
                yield _readings(tuple(self.fleet.ids), metrics, *rows)

    def _device(self, device: int, ticks: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The values of a device (ticks, columns), and which messages are sent."""
        devices, sent = np.full(len(ticks), device), np.ones(len(ticks), np.bool_)
        chunk = self.signals.chunk(devices, ticks)
        fault = self.plan.following(device, int(ticks[0]))
        while fault is not None and fault.start <= ticks[-1]:
            if fault not in self.faults[-3:]:
                self.faults.append(fault)
            for tick in range(max(fault.start, int(ticks[0])), min(fault.end, int(ticks[-1])) + 1):
                sent[tick - ticks[0]] = self.effects.apply(fault, chunk, int(tick - ticks[0]))
            fault = self.plan.following(device, fault.end + 1)
        return self.signals.rounded(devices, chunk.values), sent

    def truth(self) -> list[Span]:
        """The faults, in µs of device time."""
        return [self._span(fault) for fault in dict.fromkeys(self.faults)]

    def _span(self, fault: Fault) -> Span:
        metric = None if fault.column < 0 else self.fleet.metrics[fault.device][fault.column].name
        start, end = (self._time(fault.device, tick) for tick in (fault.start, fault.end))
        return Span(fault.kind, self.fleet.ids[fault.device], metric, start, end)

    def _time(self, device: int, tick: int) -> int:
        return (tick * self.fleet.interval + int(self.fleet.phases[device])) * 1000


def _readings(
    devices: tuple[str, ...],
    metrics: tuple[str, ...],
    device: NDArray[np.int32],
    metric: NDArray[np.int32],
    time: NDArray[np.int64],
    value: NDArray[np.float64],
) -> Readings:
    none, fresh = np.zeros(len(time), np.bool_), np.zeros(len(time), np.uint8)
    return Readings(devices, metrics, device, metric, time, time, value, none, none, fresh)


@dataclass
class Played:
    """What score made of it. anomalies: the last version of each. cpu: s, of `rows` readings."""

    anomalies: dict[str, Anomaly] = field(default_factory=dict)
    cpu: float = 0.0
    rows: int = 0


def play(simulated: Simulated) -> Played:
    """Feeds a fleet's readings to the handler, and a tick a minute."""
    state, played, clock = State(LAYOUT), Played(), 0
    for readings in simulated.batches():
        if not len(readings):
            continue
        events = [_event(types.TELEMETRY_VALIDATED, readings)]
        if int(readings.time[-1]) - clock >= MINUTE:
            clock = int(readings.time[-1])
            events.append(_event(types.CLOCK_TICKED, Ticked(clock=clock)))
        began = time.process_time()
        said = [given for event in events for given in handle(event, state=state)]
        played.cpu += time.process_time() - began
        played.rows += len(readings)
        played.anomalies.update((given.data.id, given.data) for given in said if isinstance(given.data, Anomaly))
    return played


def _event(type: str, data: object) -> Event:
    return Event(type, data, 0, source=root_source(0), sequence=root_sequence(0))


def judged(simulated: Simulated, played: Played) -> dict[str, Any]:
    """`kinds`: injected, found, recall and delays by kind; `false`: how many anomalies are."""
    setting = simulated.setting
    first, last = (tick * simulated.fleet.interval * 1000 for tick in (simulated.first, simulated.last))
    spans = [
        Span("anomaly", it.device, it.metric, it.start, last if it.end is None else it.end)
        for it in played.anomalies.values()
    ]
    return score(simulated.truth(), spans, Run(setting.devices, first, last, GRACE))


def main() -> None:
    """Prints a table of each seed."""
    parser = argparse.ArgumentParser(description="How well score finds the simulator's faults.")
    for name, kind in (("devices", int), ("hours", float), ("interval", float), ("rate", float)):
        parser.add_argument(f"--{name}", type=kind, default=getattr(Setting, name))
    parser.add_argument("--seeds", default="1,2,3")
    options = vars(parser.parse_args())
    for seed in options.pop("seeds").split(","):
        simulated = Simulated(Setting(**options, seed=int(seed)))
        show([_table(simulated, play(simulated))])


def _table(simulated: Simulated, played: Played) -> Table:
    result, it = judged(simulated, played), simulated.setting
    columns = ("injected", "found", "recall", "delay_p50", "delay_p95")
    rows = [[kind, *(_cell(of[column]) for column in columns)] for kind, of in result["kinds"].items()]
    false = result["false"]
    notes = (
        f"false anomalies: {false['anomaly']}, {false['anomaly_a_device_day']} a device and day",
        f"{played.rows:,} readings, {played.cpu / max(1, played.rows) * 1e6:.2f} µs of CPU each",
    )
    title = f"Faults found, seed {it.seed}: {it.devices} devices, {it.hours:g} h, a message each {it.interval:g} s"
    return Table(title, HEAD, rows, notes)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()

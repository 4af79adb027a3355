"""Which message is due when: the open loop. `run` takes messages from here in the order of their due moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from simulator.draws import Ints
from simulator.effects import Effects
from simulator.faults import Fault, Plan
from simulator.messages import Message
from simulator.signals import Chunk, Signals

CHUNK = 512


class Schedule:
    """The messages of a fleet from `start` (Unix s) on; `begun` is told each fault when its first message would be
    due.
    """

    def __init__(self, signals: Signals, plan: Plan, start: float, begun: Callable[[Fault], None]) -> None:
        self._signals, self._plan, self._begun = signals, plan, begun
        self._start = round(start * 1000)
        self._fleet = signals.fleet
        self._effects = Effects(signals)
        self._names = [tuple(m.name for m in metrics) for metrics in self._fleet.metrics]
        first = self._start // self._fleet.interval
        self._faults = [plan.following(d, first) for d in range(self._fleet.count)]
        never = np.iinfo(np.int64).max
        self._changes = np.array([f.start if f else never for f in self._faults], dtype=np.int64)
        self._told: set[Fault] = set()

    def messages(self, duration: float) -> Iterator[Message]:
        """Message by message in the order of `due`, for `duration` seconds of device time (0: for ever)."""
        order = np.argsort(self._fleet.phases, kind="stable")
        end = self._start + duration * 1000 if duration else float("inf")
        tick = int(self._start // self._fleet.interval)
        while tick * self._fleet.interval < end:
            for at in range(0, len(order), CHUNK):
                devices = order[at : at + CHUNK]
                times = self._signals.times(devices, np.full(len(devices), tick))
                devices = devices[(times >= self._start) & (times < end)]
                if len(devices):
                    yield from self._chunk(devices, np.full(len(devices), tick, dtype=np.int64))
            tick += 1

    def _chunk(self, devices: Ints, ticks: Ints) -> Iterator[Message]:
        chunk = self._signals.chunk(devices, ticks)
        silent = self._faulty(chunk)
        values = self._signals.rounded(devices, chunk.values).tolist()
        for row, (device, time) in enumerate(zip(devices.tolist(), chunk.times.tolist(), strict=True)):
            if row not in silent:
                names = self._names[device]
                due = (time - self._start) / 1000
                yield Message(due, self._fleet.ids[device], time, names, values[row][: len(names)])

    def _faulty(self, chunk: Chunk) -> set[int]:
        """Apply the faults that are on; the rows whose message they swallow."""
        silent = set()
        for row in np.flatnonzero(chunk.ticks >= self._changes[chunk.devices]).tolist():
            fault = self._current(int(chunk.devices[row]), int(chunk.ticks[row]))
            if fault and not self._effects.apply(fault, chunk, row):
                silent.add(row)
        return silent

    def _current(self, device: int, tick: int) -> Fault | None:
        fault = self._faults[device]
        if fault and fault.end < tick:
            fault = self._faults[device] = self._plan.following(device, tick)
            self._changes[device] = fault.start if fault else np.iinfo(np.int64).max
        if fault is None or fault.start > tick:
            return None
        if fault not in self._told:
            self._told = {f for f in self._told if f.end >= tick} | {fault}
            self._begun(fault)
        return fault

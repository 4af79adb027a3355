"""What a fault does to the messages of its device. Called by `schedule` for each chunk of signals."""

from __future__ import annotations

import numpy as np

from simulator import draws
from simulator.draws import Floats
from simulator.faults import OF_THE_DEVICE, Fault
from simulator.signals import Chunk, Signals

DRIFT_RISE = 300.0
DRIFT_BACK = 60.0
EXCURSION_RISE = 10.0


class Effects:
    """Applies faults to chunks of one fleet's signals."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._held: dict[Fault, float] = {}

    def apply(self, fault: Fault, chunk: Chunk, row: int) -> bool:
        """Change the row's values in place; False if the fault swallows the message."""
        tick = int(chunk.ticks[row])
        if fault.kind in OF_THE_DEVICE:
            return fault.kind == "dropout" and not self._dropped(fault, tick)
        if fault.kind == "stuck":
            chunk.values[row, fault.column] = self._stuck_at(fault)
        elif fault.kind == "noise":
            chunk.values[row, fault.column] += (fault.size - 1) * chunk.noise[row, fault.column]
        else:
            chunk.values[row, fault.column] += self._offset(fault, tick)
        return True

    def _dropped(self, fault: Fault, tick: int) -> bool:
        key = self._signals.fleet.keys[fault.device : fault.device + 1] ^ np.uint64(31)
        return bool(draws.uniform(draws.at(key, np.array([tick])))[0] < fault.size)

    def _stuck_at(self, fault: Fault) -> float:
        """The last value before the fault: computed, not remembered, so that a restart within it holds the same."""
        if fault not in self._held:
            device, tick = np.array([fault.device]), np.array([fault.start - 1])
            before: Floats = self._signals.chunk(device, tick).values
            self._held = {f: v for f, v in self._held.items() if f.end >= fault.start} | {
                fault: float(before[0, fault.column])
            }
        return self._held[fault]

    def _offset(self, fault: Fault, tick: int) -> float:
        fleet = self._signals.fleet
        height = fault.size * float(fleet.parameters["sigma"][fault.device, fault.column])
        if fault.kind == "spike":
            return height
        rise = DRIFT_RISE if fault.kind == "drift" else EXCURSION_RISE
        since, left = ((n * fleet.interval / 1000) for n in (tick - fault.start + 1, fault.end - tick + 1))
        return height * min(1.0, since / rise, left / DRIFT_BACK)

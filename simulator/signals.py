"""What the devices measure: a pure function of seed, interval and device time, for many devices at once.

value = level + daily and weekly course + load + noise. Load goes in steps that all metrics of a device follow; noise
is a first-order autoregression cut after six terms (so that it needs no state), partly shared by the device's
metrics. Called by `schedule` for every chunk of messages and by `faults` for the value at which a sensor sticks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import draws
from simulator.draws import Floats, Ints
from simulator.fleet import Fleet
from simulator.shapes import Shapes

DAY = 86_400_000
PHI = 0.5  # of the noise, from one reading to the next
TERMS = 6
RAMP = 90_000  # ms that a load step takes
_WEIGHTS = PHI ** np.arange(TERMS) / np.sqrt(np.sum(PHI ** (2 * np.arange(TERMS))))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Values before faults and rounding. `noise` is the part of `values` that a noisy sensor has more of; (rows,
    columns).
    """

    devices: Ints
    ticks: Ints
    times: Ints
    values: Floats
    noise: Floats


class Signals:
    """The signals of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self._shapes = Shapes(fleet)
        mean = draws.uniform(draws.mixed(fleet.keys ^ np.uint64(11)))
        self._block = (900_000 + 1_500_000 * mean).astype(np.int64)
        self._noon = draws.uniform(draws.mixed(fleet.keys ^ np.uint64(12))) * 0.08 + 0.58

    def times(self, devices: Ints, ticks: Ints) -> Ints:
        """Device time (Unix ms) of the devices' readings number `ticks`, counted in intervals since 1970."""
        return ticks * self.fleet.interval + self.fleet.phases[devices]

    def chunk(self, devices: Ints, ticks: Ints) -> Chunk:
        """Readings of `devices` at `ticks`, row by row."""
        times = self.times(devices, ticks)
        par = {name: array[devices] for name, array in self.fleet.parameters.items()}
        noise = self._noise(devices, ticks, par["shared"]) * par["sigma"]
        course = self._course(devices, times, par) + (par["sigma"] * par["load"]) * self._load(devices, times)[:, None]
        values = course + noise
        self._shapes.fill(devices, times, values, noise)
        return Chunk(devices, ticks, times, values, noise)

    def rounded(self, devices: Ints, values: Floats) -> Floats:
        """As the sensor reports it: within its range, at its resolution."""
        par, scale = self.fleet.parameters, self.fleet.scale[devices]
        return np.asarray(np.rint(np.clip(values, par["low"][devices], par["high"][devices]) * scale) / scale)

    def _course(self, devices: Ints, times: Ints, par: dict[str, Floats]) -> Floats:
        day = np.cos(2 * np.pi * ((times % DAY) / DAY - self._noon[devices]))
        week = np.cos(2 * np.pi * ((times % (7 * DAY)) / (7 * DAY)))
        return par["level"] + par["daily"] * day[:, None] + par["weekly"] * week[:, None]

    def _load(self, devices: Ints, times: Ints) -> Floats:
        """In [-1, 1], constant for a block of 15 to 40 min, with a smooth ramp into each."""
        keys, block = self.fleet.keys[devices] ^ np.uint64(13), self._block[devices]
        number, since = np.divmod(times, block)
        was, now = (draws.uniform(draws.at(keys, n)) for n in (number - 1, number))
        part = np.minimum(1.0, since / RAMP)
        smooth = part * part * (3 - 2 * part)
        return np.asarray(2 * (was + (now - was) * smooth) - 1)

    def _noise(self, devices: Ints, ticks: Ints, shared: Floats) -> Floats:
        keys = draws.mixed(self.fleet.keys[devices][:, None] ^ self.fleet.columns[None, :])
        back = ticks[:, None] - np.arange(TERMS)
        steps = draws.normal(draws.at(keys[:, :, None], back[:, None, :]))
        each = steps @ _WEIGHTS
        own, common = each[:, :-1], each[:, -1:]
        return np.asarray(np.sqrt(1 - shared * shared) * own + shared * common)

"""Metrics that are no course with noise: doors, compressors, tanks and the way of a vehicle. Called by `signals`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator import draws
from simulator.draws import Floats, Ints, Keys
from simulator.fleet import Fleet

_KM_PER_DEGREE = 111.2
_HOUR = 3_600_000.0


def door(times: Ints, keys: Keys, _: Floats) -> Floats:
    """1 while open: for 20 to 50 s in one of seven blocks of 10 min."""
    number, since = np.divmod(times, 600_000)
    draw = draws.uniform(draws.at(keys ^ np.uint64(21), number))
    begin, length = 60_000 + draw * 3_000_000, 20_000 + draw * 200_000
    return np.asarray((draw < 1 / 7) & (since >= begin) & (since < begin + length), dtype=np.float64)


def compressor(times: Ints, keys: Keys, _: Floats) -> Floats:
    """1 while it runs: half of a cycle of 10 to 20 min."""
    period = (600_000 + 600_000 * draws.uniform(draws.mixed(keys ^ np.uint64(22)))).astype(np.int64)
    return np.asarray((times % period) < period // 2, dtype=np.float64)


def tank(times: Ints, keys: Keys, noise: Floats) -> Floats:
    """Per cent: from 92 down to 18 in 9 to 15 h, then filled within 4 min."""
    period = 9 * _HOUR + 6 * _HOUR * draws.uniform(draws.mixed(keys ^ np.uint64(23)))
    since = times % period
    left = period - since
    return np.asarray(np.where(left < 240_000, 92 - 74 * left / 240_000, 92 - 74 * since / (period - 240_000)) + noise)


def _loop(times: Ints, keys: Keys) -> tuple[Floats, Floats, Floats, Floats]:
    """A vehicle's closed way in km: angles and angular speeds (1/h) of its two directions; each amplitude is 4 km."""
    turn = draws.uniform(draws.mixed(keys ^ np.uint64(24)))
    hours = (times % 604_800_000) / _HOUR
    one, two = 2 * np.pi * np.floor(8 + 4 * turn) / 8, 2 * np.pi * np.floor(14 + 5 * turn) / 8
    return one * hours + 6 * turn, two * hours + 9 * turn, one, two


def latitude(times: Ints, keys: Keys, home: Floats) -> Floats:
    """Degrees north."""
    return np.asarray(home + 4 * np.sin(_loop(times, keys)[0]) / _KM_PER_DEGREE)


def longitude(times: Ints, keys: Keys, home: Floats) -> Floats:
    """Degrees east, at the latitude of the vehicles' home."""
    return np.asarray(home + 4 * np.sin(_loop(times, keys)[1]) / (_KM_PER_DEGREE * np.cos(np.radians(51.9))))


def ground_speed(times: Ints, keys: Keys, noise: Floats) -> Floats:
    """Kilometres an hour along that way."""
    first, second, one, two = _loop(times, keys)
    return np.asarray(np.hypot(4 * one * np.cos(first), 4 * two * np.cos(second)) + noise)


_SHAPES: dict[str, Callable[[Ints, Keys, Floats], Floats]] = {
    f.__name__: f for f in (door, compressor, tank, latitude, longitude, ground_speed)
}


_HOMES = ("latitude", "longitude")


class Shapes:
    """Overwrites those columns of a chunk that are not analogue."""

    def __init__(self, fleet: Fleet) -> None:
        self._keys, self._levels = fleet.keys, fleet.parameters["level"]
        sets = dict(zip(fleet.profiles, fleet.metrics, strict=True))
        self._profile = np.array([list(sets).index(p) for p in fleet.profiles], dtype=np.int64)
        self._places = [
            (number, column, metric.shape)
            for number, metrics in enumerate(sets.values())
            for column, metric in enumerate(metrics)
            if metric.shape != "analogue"
        ]

    def fill(self, devices: Ints, times: Ints, values: Floats, noise: Floats) -> None:
        """Write the shaped columns into `values` in place; their level (a home) or noise is what they are drawn
        about.
        """
        profile = self._profile[devices]
        for number, column, shape in self._places:
            rows = np.flatnonzero(profile == number)
            about = self._levels[devices[rows], column] if shape in _HOMES else noise[rows, column]
            values[rows, column] = _SHAPES[shape](times[rows], self._keys[devices[rows]], about)

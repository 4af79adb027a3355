"""The devices of a run: their ids, and every parameter of their signals as arrays over devices and metrics.

`signals` computes with the arrays, `schedule` sends by the phases, `faults` draws over the devices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import draws
from simulator.draws import Floats, Ints, Keys
from simulator.profiles import PROFILES, Metric, sized

_PARAMETERS = ("level", "spread", "sigma", "daily", "weekly", "load", "shared", "low", "high")


@dataclass(frozen=True, slots=True)
class Fleet:
    """Arrays are (devices, columns), with the columns of the widest message. `interval` is in ms of device time."""

    seed: int
    interval: int
    ids: list[str]
    profiles: list[str]
    metrics: list[tuple[Metric, ...]]
    keys: Keys
    columns: Keys
    phases: Ints
    parameters: dict[str, Floats]
    scale: Floats

    @property
    def count(self) -> int:
        """How many devices there are."""
        return len(self.ids)


def build(profiles: list[str], count: int, metrics: int, interval: float, seed: int) -> Fleet:
    """A fleet in which the profiles take turns. `interval` in seconds; `metrics` a message, 0 for the profile's own
    set.
    """
    kinds = [profiles[i % len(profiles)] for i in range(count)]
    sets = {name: sized(PROFILES[name], metrics) for name in profiles}
    keys = draws.numbered(count, seed)
    width = max((len(s) for s in sets.values()), default=0)
    milliseconds = max(1, round(interval * 1000))
    parameters = {name: _column(kinds, sets, width, name) for name in _PARAMETERS}
    columns = draws.mixed(np.arange(1001, 1002 + width, dtype=np.uint64))
    offset = draws.normal(draws.mixed(keys[:, None] ^ columns[None, :width]))
    parameters["level"] = parameters["level"] + parameters.pop("spread") * np.clip(offset, -1.5, 1.5)
    return Fleet(
        seed=seed,
        interval=milliseconds,
        ids=_ids(kinds, profiles),
        profiles=kinds,
        metrics=[sets[kind] for kind in kinds],
        keys=keys,
        columns=columns,
        phases=(draws.uniform(draws.mixed(keys)) * milliseconds).astype(np.int64),
        parameters=parameters,
        scale=10.0 ** _column(kinds, sets, width, "decimals"),
    )


def _ids(kinds: list[str], profiles: list[str]) -> list[str]:
    seen = dict.fromkeys(profiles, 0)
    ids = []
    for kind in kinds:
        seen[kind] += 1
        ids.append(f"{kind}-{seen[kind]:04d}")
    return ids


def _column(kinds: list[str], sets: dict[str, tuple[Metric, ...]], width: int, name: str) -> Floats:
    rows = {k: [float(getattr(m, name)) for m in s] + [0.0] * (width - len(s)) for k, s in sets.items()}
    return np.array([rows[kind] for kind in kinds], dtype=np.float64).reshape(len(kinds), width)

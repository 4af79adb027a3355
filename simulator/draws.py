"""Random numbers that are functions of their key: the same seed, device, metric and tick always give the same draw.

`signals`, `shapes` and `faults` draw here, so that a restart in the middle of a run repeats what was. The mixer is
the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mixed(keys: Keys) -> Keys:
    """Scatter 64-bit keys: neighbouring keys give unrelated ones."""
    z = keys * _STEP
    z ^= z >> np.uint64(30)
    z *= _FIRST
    z ^= z >> np.uint64(27)
    z *= _SECOND
    z ^= z >> np.uint64(31)
    return z


def numbered(count: int, seed: int) -> Keys:
    """One key for each of `count` things under a seed."""
    salt = mixed(np.array([(seed + 1) % 2**63], dtype=np.uint64))
    return mixed(np.arange(1, count + 1, dtype=np.uint64) ^ salt)


def at(keys: Keys, steps: Ints) -> Keys:
    """The keys' draws at whole-numbered steps of time; shapes broadcast."""
    return mixed(keys ^ mixed(steps.astype(np.uint64)))


def uniform(keys: Keys) -> Floats:
    """Even in [0, 1), 53 bits."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(keys: Keys) -> Floats:
    """Standard normal by the inverse distribution at 65,536 points, so never beyond 4.4."""
    return np.asarray(_quantiles()[(keys >> np.uint64(48)).astype(np.intp)])


@cache
def _quantiles() -> Floats:
    bell = NormalDist()
    return np.array([bell.inv_cdf((i + 0.5) / 65536) for i in range(65536)])

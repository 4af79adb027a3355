"""A level that creeps away: that of the last minutes against that before, less the usual difference of the two (which
is there when a daily course rises or falls). Used by streams.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.level import Expected
from functions.score.memory import Memory, Parts

WARM = 1800.0
"""Seconds after which drifts are told."""

LEAST = 2.75
"""A drift is at least so many times the usual distance of a reading from its level."""


class Drift(NamedTuple):
    """distance: how far the level has crept. swing: how far it usually has. least: what matters."""

    distance: Floats
    swing: Floats
    least: Floats


def follow(memory: Memory, block: Block, parts: Parts, expected: Expected) -> Drift:
    """Moves the fast level."""
    memory.age += np.minimum(block.gap, 4 * memory.interval)
    memory.fast += parts.fast * (expected.credible - memory.fast)
    distance = memory.fast - memory.slow - memory.trend
    return Drift(distance, np.maximum(memory.swing, 0.1 * expected.scale), LEAST * expected.noise)


def learn(memory: Memory, block: Block, parts: Parts, drift: Drift, frozen: Flags) -> None:
    """Moves the slow level, by no more than is usual; where it is frozen, along the trend alone."""
    reach = np.maximum(2 * memory.swing, 0.3 * drift.least) * ~frozen
    step = np.minimum(np.maximum(drift.distance, -reach), reach)
    memory.slow += parts.slow * (memory.trend + step)
    memory.trend += parts.trend * step
    first = np.minimum(1.0, block.gap / (memory.age + 1))
    memory.swing += np.maximum(parts.trend, first) * ~frozen * (np.abs(step) - memory.swing)


def known(memory: Memory, value: Floats) -> Flags:
    """Whether the series is known to make a change of level of this size and direction: one held before."""
    change = value - memory.slow
    return np.asarray(np.abs(change) < 1.5 * np.where(change > 0, memory.rise, memory.fall))


def remember(memory: Memory, value: Floats, parts: Parts, held: Flags) -> None:
    """A change of level that holds is one that the series is known to make, for about a week."""
    memory.rise -= parts.habit * memory.rise
    memory.fall -= parts.habit * memory.fall
    if held.any():
        change = (value - memory.slow)[held]
        memory.rise[held] = np.maximum(memory.rise[held], change)
        memory.fall[held] = np.maximum(memory.fall[held], -change)

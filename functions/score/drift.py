"""A level that creeps away: that of the last minutes against that before, less the usual difference of the two (which
is there when a daily course rises or falls). Used by streams.py."""

from __future__ import annotations

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.level import Expected
from functions.score.memory import Memory

FAST, SLOW, TREND = (90.0, 8.0), (600.0, 50.0), (3600.0, 300.0)
"""Time constants: seconds, and at least so many usual intervals."""

WARM = 1800.0
"""Seconds after which drifts are told."""

SMALLEST = 3.0
"""A drift is at least so many usual errors of the signal about its level."""


def away(memory: Memory) -> Floats:
    """How far the level has crept."""
    return np.asarray(memory.fast - memory.slow - memory.trend)


def noise(memory: Memory, expected: Expected) -> Floats:
    """Usual size of the signal's distance from its level."""
    return np.asarray(expected.scale / np.sqrt(1 - expected.lasting * expected.lasting))


def follow(memory: Memory, block: Block, expected: Expected) -> Floats:
    """Moves the fast level; how far it is away now."""
    memory.fast += _part(memory, block, FAST) * (expected.credible - memory.fast)
    memory.age += np.minimum(block.gap, 4 * memory.interval)
    return away(memory)


def learn(memory: Memory, block: Block, distance: Floats, least: Floats, frozen: Flags) -> None:
    """Moves the slow level, by no more than is usual, and not at all (but along the trend) where it is frozen."""
    reach = np.where(frozen, 0.0, np.maximum(2 * memory.swing, least))
    step = np.clip(distance, -reach, reach)
    memory.slow += _part(memory, block, SLOW) * (memory.trend + step)
    part = _part(memory, block, TREND)
    memory.trend += part * step
    first = np.maximum(part, np.minimum(1.0, block.gap / (memory.age + 1)))
    memory.swing += np.where(frozen, 0.0, first) * (np.abs(step) - memory.swing)


def rebase(memory: Memory, held: Flags) -> None:
    """What held is the level now, and such a change is one that the series is known to make."""
    change = (memory.fast - memory.slow)[held]
    memory.rise[held] = np.maximum(memory.rise[held], change)
    memory.fall[held] = np.maximum(memory.fall[held], -change)
    memory.slow[held] = memory.fast[held]


def known(memory: Memory, change: Floats) -> Flags:
    """Whether the series is known to make changes of this size and direction that hold."""
    return np.asarray(np.abs(change) < 1.5 * np.where(change > 0, memory.rise, memory.fall))


def _part(memory: Memory, block: Block, constant: tuple[float, float]) -> Floats:
    gap = np.minimum(block.gap, 4 * memory.interval)
    return np.asarray(gap / (gap + np.maximum(constant[0], constant[1] * memory.interval)))

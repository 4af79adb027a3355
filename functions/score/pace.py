"""The rhythm of a series: readings that fail to come, and values that fail to change. Used by streams.py."""

from __future__ import annotations

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.memory import Memory

ALLOWED, AT_ONCE, MANY = 0.4, 2.0, 2.5
"""Missing readings are summed up, less an allowance a reading; at most so many of one gap, since a long silence is
another matter; from MANY on they matter."""

STILL = 120.0
"""Seconds that a stuck value lasts at least."""

UNLIKELY = 14.0
"""A run is odd if its probability is below e^-14, were the readings independent."""

LONG = 500.0
"""Readings that the share of equal ones is taken of."""


def gaps(memory: Memory, block: Block) -> None:
    """Learns the interval, and sums up what is missing."""
    gap, usual = block.gap, memory.interval
    first = usual == 0
    if first.any():
        usual[first] = gap[first]
    excess = gap - usual
    missing = np.zeros_like(gap)
    np.divide(excess, usual, out=missing, where=usual > 0)
    missing = memory.missed + np.minimum(missing, AT_ONCE) - ALLOWED
    memory.missed[:] = np.minimum(np.maximum(missing, 0), 2 * MANY)
    rate = np.where(block.held, 0.2, np.where(memory.missed > 1, 0.005, 0.02))
    rate = np.maximum(rate, 1 / (1 + memory.since))
    usual += rate * np.minimum(np.maximum(excess, -0.5 * usual), 0.5 * usual)


def stillness(memory: Memory, block: Block, changed: Flags) -> Floats:
    """Moves the run of equal values on; its length, in parts of one that is odd. The logarithm of the share of equal
    readings is taken for 2 (1 - s) / (1 + s), which is less."""
    memory.run[:] = np.where(changed, 0.0, memory.run + 1)
    memory.still[:] = np.where(changed, 0.0, memory.still + block.gap)
    seldom = memory.run * 2 * (1 - memory.same) / (1 + memory.same) / UNLIKELY
    return np.minimum(np.minimum(seldom, memory.still / STILL), memory.still / np.maximum(2 * memory.longest, 1))


def learn(memory: Memory, ended: Floats, changed: Flags, calm: Flags) -> None:
    """ended: how long the run was that ends with a change."""
    memory.same += calm * np.maximum(1 / LONG, 1 / (1 + memory.since)) * (~changed - memory.same)
    memory.longest[:] = np.where(changed & calm, np.maximum(0.999 * memory.longest, ended), memory.longest)

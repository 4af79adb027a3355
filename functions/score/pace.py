"""The rhythm of a series: readings that fail to come, and values that fail to change. Used by streams.py."""

from __future__ import annotations

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.memory import Memory

MISSED_AT_ONCE, ALLOWED, MANY = 2.0, 0.4, 3.0
"""Missing readings are summed up, at most two of one gap (a long silence is another matter), less an allowance a reading;
from MANY on they are odd."""

STILL = 120.0
"""Seconds that a stuck value lasts at least."""

UNLIKELY = 14.0
"""A run is odd if its probability is below e^-14, were the readings independent."""

LONG = 500.0


def gaps(memory: Memory, block: Block, held: Flags) -> None:
    """Learns the interval, and sums up what is missing."""
    gap, usual = block.gap, memory.interval
    first = (usual == 0) & (gap > 0)
    usual[first] = gap[first]
    missed = np.zeros_like(gap)
    np.divide(gap - usual, usual, out=missed, where=usual > 0)
    sum = memory.missed + np.minimum(missed, MISSED_AT_ONCE) - ALLOWED
    memory.missed[:] = np.clip(np.where(gap > 0, sum, 0.0), 0.0, 2 * MANY)
    rate = np.maximum(np.where(held, 0.2, np.where(memory.missed > 1, 0.005, 0.02)), 1 / (memory.since + 1))
    usual += np.where(gap > 0, rate, 0.0) * np.clip(gap - usual, -0.5 * usual, 0.5 * usual)


def stillness(memory: Memory, block: Block, changed: Flags) -> Floats:
    """Moves the run of equal values on; its length in parts of one that is odd."""
    memory.run[:] = np.where(changed, 0.0, memory.run + 1)
    memory.still[:] = np.where(changed, 0.0, memory.still + block.gap)
    run = memory.run * 2 * (1 - memory.same) / (1 + memory.same) / UNLIKELY
    return np.minimum(np.minimum(run, memory.still / STILL), memory.still / np.maximum(2 * memory.longest, 1.0))


def learn(memory: Memory, before: Floats, changed: Flags, calm: Flags) -> None:
    """before: how long the run was that ends with a change."""
    rate = np.where(calm, np.maximum(1 / LONG, 1 / (memory.since + 1)), 0.0)
    memory.same += rate * (~changed - memory.same)
    ended = changed & calm
    memory.longest[:] = np.where(ended, np.maximum(memory.longest * 0.999, before), memory.longest)

"""The value expected next: the level of late, and as much of the last reading's distance from it as such distances
usually last (a first-order autoregression about an exponentially weighted level). Used by streams.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.memory import Memory

MEMORY = 20.0
"""Readings that the level looks back on."""

LONG = 300.0
"""Readings that spread and autocorrelation look back on."""

WARM = 30.0
HOLE_TIMES, HOLE = 20.0, 900.0
"""After a pause of so many intervals, and at least so many seconds, the level is learnt anew."""

FLOOR = 1e-9
"""An error smaller than this part of the level is rounding."""


class Expected(NamedTuple):
    """value: the prediction. error: what came minus it. scale: its usual size. credible: the value, cut to what is not
    too rare. lasting: the autocorrelation."""

    value: Floats
    error: Floats
    scale: Floats
    credible: Floats
    lasting: Floats


def anchor(memory: Memory, value: Floats, anew: Flags) -> None:
    """Begins at a value, for a new series or after a hole."""
    for column in (memory.level, memory.before, memory.fast, memory.slow):
        column[anew] = value[anew]
    for column in (memory.since, memory.age, memory.trend, memory.missed, memory.run, memory.still):
        column[anew] = 0


def expect(memory: Memory, block: Block) -> Expected:
    """Before the block is learnt."""
    lasting = np.zeros_like(block.value)
    np.divide(memory.along, memory.power, out=lasting, where=memory.power > 0)
    lasting = np.where(block.gap > 4 * memory.interval, 0.0, np.clip(lasting, 0.0, 0.98))
    value = memory.level + lasting * (memory.before - memory.level)
    error = block.value - value
    scale = np.maximum(memory.spread, FLOOR * np.abs(memory.level) + 1e-100)
    reach = scale * np.where(memory.changes < WARM, 10.0, memory.rare[0])
    credible = value + np.clip(error, -reach, reach)
    return Expected(value, error, scale, credible, lasting)


def learn(memory: Memory, expected: Expected, changed: Flags, calm: Flags, held: Flags) -> None:
    """changed: the value differs from the last. calm: nothing is odd, so that the spread may be learnt. held: learn
    fast."""
    left, left_before = expected.credible - memory.level, memory.before - memory.level
    learns = changed & calm
    memory.changes += learns
    rate = learns * np.maximum(np.where(held, 1 / WARM, 1 / LONG), 1 / (memory.changes + 1))
    size = np.abs(expected.credible - expected.value)
    memory.spread += rate * (size - memory.spread)
    memory.power += rate * (left * left - memory.power)
    memory.along += rate * (left * left_before - memory.along)
    memory.recent += changed / 8 * (size - memory.recent)
    memory.since += 1
    memory.level += np.maximum(1 / MEMORY, 1 / memory.since) * left
    memory.before[:] = expected.credible

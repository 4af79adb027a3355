"""The value expected next: the level of late, and as much of the last reading's distance from it as such distances
usually last (a first-order autoregression about an exponentially weighted level). Used by streams.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from functions.score.detector import Block, Flags, Floats
from functions.score.memory import Memory

SHORT, LONG, BURST = 20.0, 300.0, 12.0
"""Readings that are looked back on: by the level, by its spread and autocorrelation, by the size of errors of late."""

FIRST, WARM = 10.0, 30.0
"""Changes before which everything is credible, and before which much is."""

HOLE, HOLE_TIMES = 900.0, 20.0
"""After a pause of so many seconds, and at least so many intervals, the level is learnt anew."""

ROUNDING = 1e-9
"""An error smaller than this part of the level is none."""


class Expected(NamedTuple):
    """value: the prediction. error: what came, minus it. scale: the usual size of that. credible: what came, cut to
    what is not rare. noise: the usual distance of a reading from the level."""

    value: Floats
    error: Floats
    scale: Floats
    credible: Floats
    noise: Floats


def anchor(memory: Memory, block: Block, new: Flags) -> None:
    """Begins with the value of now: a new series, or one that comes back after a hole."""
    anew = new | (block.gap > np.maximum(HOLE, HOLE_TIMES * memory.interval))
    if anew.any():
        jump(memory, block.value, anew)
        for column in (memory.age, memory.trend, memory.missed, memory.run, memory.still):
            column[anew] = 0


def jump(memory: Memory, value: Floats, now: Flags) -> None:
    """The level is at the value now."""
    if now.any():
        for column in (memory.level, memory.before, memory.fast, memory.slow):
            column[now] = value[now]
        memory.since[now], memory.recent[now] = 0, memory.spread[now]


def expect(memory: Memory, block: Block) -> Expected:
    """Before the block is learnt."""
    lasting = np.zeros_like(block.value)
    np.divide(memory.along, memory.power, out=lasting, where=memory.power > 0)
    lasting = np.minimum(np.maximum(lasting, 0), 0.98) * (block.gap <= 4 * memory.interval)
    value = memory.level + lasting * (memory.before - memory.level)
    error = block.value - value
    scale = np.maximum(memory.spread, ROUNDING * np.abs(memory.level) + 1e-100)
    reach = scale * np.where(memory.changes < WARM, 10.0, memory.rare[0])
    reach[memory.changes < FIRST] = np.inf
    credible = value + np.minimum(np.maximum(error, -reach), reach)
    return Expected(value, error, scale, credible, scale / np.sqrt(1 - lasting * lasting))


def burst(memory: Memory, expected: Expected, changed: Flags) -> Floats:
    """By how much errors of late exceed the usual, in parts of that. A single one is cut: it makes no burst."""
    size = np.minimum(np.abs(expected.error), 6 * expected.scale)
    memory.recent += changed / BURST * (size - memory.recent)
    return np.maximum(memory.recent / expected.scale - 1, 0)


def learn(memory: Memory, expected: Expected, changed: Flags, held: Flags) -> None:
    """changed: the value is another, and nothing odd: its error may be learnt. held: learn it fast."""
    left, left_before = expected.credible - memory.level, memory.before - memory.level
    memory.since += 1
    memory.changes += changed
    rate = changed * np.maximum(np.where(held, 1 / WARM, 1 / LONG), 1 / (memory.changes + 1))
    memory.spread += rate * (np.abs(expected.credible - expected.value) - memory.spread)
    memory.power += rate * (left * left - memory.power)
    memory.along += rate * (left * left_before - memory.along)
    memory.level += np.maximum(1 / SHORT, 1 / memory.since) * left
    memory.before[:] = expected.credible

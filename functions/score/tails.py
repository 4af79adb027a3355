"""How unusual a statistic is by its own series' past: its tail, drawn as a straight line through two quantiles.

Q95 and Q995 are followed by stochastic approximation (Robbins and Monro, 1951): a step up for what exceeds, a small
one down for what does not. Beyond them the tail is taken for exponential: Q95 + k · (Q995 - Q95) is exceeded once in
20 · 10^k readings if it is, and more seldom if it is normal. So one k serves every series. Used by streams.py.
"""

from __future__ import annotations

import numpy as np

from functions.score.detector import Flags, Floats
from functions.score.memory import Memory, Parts

FAR, FARTHER, OFTEN = 3.0, 1.25, 4.0
"""k: FAR, and up to FARTHER more for a series with more than a reading in OFTEN seconds; false alarms are counted by
the day, not by the reading."""

FEW = 30.0
"""Of a series with n changes known, limits are 1 + FEW / n times as high."""

STEP = np.array([[0.01], [1.0], [0.0025], [0.0025]])
"""In parts of the quantile; smaller where neighbouring readings tell the same. That of drift goes by time (Parts)."""

USUAL = np.array([[2.46], [2.46], [0.27], [0.6]])
RARE = np.array([[3.52], [3.52], [0.46], [1.2]])
"""To begin with: those of a normal signal, in mean absolute errors (spike, drift) and as measured (noise, interval)."""


def begin(memory: Memory, new: Flags) -> None:
    """For series never seen."""
    memory.usual[:, new] = USUAL
    memory.rare[:, new] = RARE


def limits(memory: Memory) -> Floats:
    """What each statistic must exceed to be odd: (STATISTICS, series)."""
    far = FAR + FARTHER / (1 + memory.interval / OFTEN)
    few = 1 + FEW / (1 + memory.changes)
    return np.asarray((memory.usual + far * (memory.rare - memory.usual)) * few)


def learn(memory: Memory, parts: Parts, sizes: Floats, may: Flags) -> None:
    """sizes: the statistics, (STATISTICS, series). may: the series that learn."""
    step = STEP * may
    step[1] *= parts.tail
    memory.usual *= 1 + step * ((sizes > memory.usual) - 0.05)
    memory.rare *= 1 + 2 * step * ((sizes > memory.rare) - 0.005)
    np.maximum(memory.rare, 1.15 * memory.usual, out=memory.rare)

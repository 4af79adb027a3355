"""How unusual a statistic is by its own series' past: its tail, drawn as a straight line through two quantiles.

Q95 and Q995 are followed by stochastic approximation (Robbins and Monro, 1951): a step up for what exceeds, a small
one down for what does not. Beyond them the tail is taken for exponential: Q95 + k · (Q995 - Q95) is exceeded once in
20 · 10^k readings if it is, and more seldom if it is normal. So one k serves every series. Used by streams.py.
"""

from __future__ import annotations

import numpy as np

from functions.score.detector import Flags, Floats
from functions.score.memory import Memory, Parts

FAR, FARTHER, OFTEN = 2.3, 2.2, 10.0
"""k = FAR + FARTHER / (1 + sqrt(t / OFTEN)), t the seconds between two looks that tell different things: false alarms
are counted by the day, not by the look."""

BETWEEN = np.array([[0.0], [200.0], [0.0], [0.0]])
"""That is the interval of the series and so many seconds."""

FEW = 30.0
"""Of a series with n changes known, limits are 1 + FEW / n times as high."""

FREE, TIRE = 4.0, 0.5
"""Of a series that was odd n times in the last week, limits are 1 + TIRE (n - FREE)² times as high: what comes again
and again is its habit, though its tail may be too long for an exponential."""

STEP = np.array([[0.01], [1.0], [0.0025], [0.01]])
"""In parts of the quantile; smaller where neighbouring readings tell the same. That of drift goes by time (Parts)."""

USUAL = np.array([[2.46], [2.46], [0.27], [0.4]])
RARE = np.array([[3.52], [3.52], [0.46], [0.9]])
"""To begin with: those of a normal signal, in mean absolute errors (spike, drift) and as measured (noise, interval)."""


def begin(memory: Memory, new: Flags) -> None:
    """For series never seen."""
    memory.usual[:, new] = USUAL
    memory.rare[:, new] = RARE


def limits(memory: Memory) -> Floats:
    """What each statistic must exceed to be odd: (STATISTICS, series)."""
    far = FAR + FARTHER / (1 + np.sqrt((memory.interval + BETWEEN) / OFTEN))
    often = np.maximum(memory.told - FREE, 0)
    caution = (1 + FEW / (1 + memory.changes)) * (1 + TIRE * often * often)
    return np.asarray((memory.usual + far * (memory.rare - memory.usual)) * caution)


def learn(memory: Memory, parts: Parts, sizes: Floats, may: Flags) -> None:
    """sizes: the statistics, (STATISTICS, series). may: the series that learn."""
    step = STEP * may
    step[1] *= parts.tail
    memory.usual *= 1 + step * ((sizes > memory.usual) - 0.05)
    memory.rare *= 1 + 2 * step * ((sizes > memory.rare) - 0.005)
    np.maximum(memory.rare, 1.15 * memory.usual, out=memory.rare)

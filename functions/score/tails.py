"""How unusual a statistic is, by its own series' past: its tail, drawn as a straight line through two quantiles.

Q95 and Q995 of each statistic are followed by stochastic approximation (Robbins and Monro, 1951): a step up for what
exceeds, a small one down for what does not. Beyond them the tail is taken for exponential, so that Q95 + k · (Q995 − Q95)
is exceeded once in 20 · 10^k: exact for an exponential tail, seldomer for a normal one. One k serves all. Used by
streams.py.
"""

from __future__ import annotations

import numpy as np

from functions.score.detector import Flags, Floats
from functions.score.memory import Memory

FAR = 3.75
"""k of the threshold."""

RATE = np.array([[0.01], [0.0025], [0.0025], [0.0025]])
"""Of the steps, in parts of the quantile; the last three statistics move slowly, so that their readings tell less."""

PRIOR_USUAL = np.array([[2.46], [2.46], [1.34], [0.6]])
PRIOR_RARE = np.array([[3.52], [3.52], [1.57], [1.2]])
FIRST = 30.0
"""With n readings known the threshold is 1 + FIRST / n times as high."""


def begin(memory: Memory, new: Flags) -> None:
    """Quantiles of a normal signal."""
    memory.usual[:, new] = PRIOR_USUAL
    memory.rare[:, new] = PRIOR_RARE


def limits(memory: Memory) -> Floats:
    """What each statistic must exceed to be odd: (STATISTICS, series)."""
    caution = 1 + FIRST / (memory.changes + 1)
    return np.asarray((memory.usual + FAR * (memory.rare - memory.usual)) * caution)


def learn(memory: Memory, sizes: Floats, may: Flags) -> None:
    """sizes: the statistics, (STATISTICS, series). may: the series that learn."""
    rate = RATE * may
    memory.usual[:] *= 1 + rate * ((sizes > memory.usual) - 0.05)
    memory.rare[:] *= 1 + 2 * rate * ((sizes > memory.rare) - 0.005)
    np.maximum(memory.rare, 1.15 * memory.usual, out=memory.rare)

"""The detectors of the platform: spike, drift, noise, interval and stuck, some 150 array operations a block.

Called by handler.py through the port detector.py. Each is a statistic of a series, in parts of a limit: what is far
out in the tail of the series' own past (tails.py), and not less than what matters. Nothing is learnt from what is odd,
until it has held for so long that it is the new usual. Arithmetic is kept to + - x / and the square root, which give
the same bits in any place of any array.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.score import drift, level, pace, tails
from functions.score.detector import ODD, Block, Finding, Flags, Floats
from functions.score.memory import STATISTICS, WIDTH, Memory, Parts, memory_of, parts_of

KINDS = ("spike", "drift", "noise", "interval", "stuck")
SPIKE, DRIFT, NOISE, INTERVAL, STUCK = range(5)

LARGEST = 1e100
"""Values are cut to this, so that nothing overflows."""

WARM = 20.0
"""Changes of value after which a series is scored."""

SETTLING = 5.0
"""Readings after a jump of the level in which nothing is said of it."""

LEAST = np.array([[4.0], [0.0], [0.6], [pace.MANY]])
"""What a statistic must reach to matter (drift: drift.LEAST)."""


class Measured(NamedTuple):
    """What was measured of a block. sizes, limits: (STATISTICS, series). ended: for how long the value was the same."""

    expected: level.Expected
    drift: drift.Drift
    changed: Flags
    ended: Floats
    sizes: Floats
    limits: Floats


class Streams:
    """Implements Detector."""

    kinds = KINDS
    width = WIDTH

    def judge(self, block: Block, memory: Floats) -> Finding:
        block = block._replace(value=np.minimum(np.maximum(block.value, -LARGEST), LARGEST))
        it = memory_of(memory)
        _begin(it, block)
        pace.gaps(it, block)
        parts = parts_of(it, block)
        measured = _measured(it, block, parts)
        ratios, jumps = _ratios(it, block, measured)
        score = ODD * np.maximum.reduce(ratios)
        odd = np.flatnonzero(score >= ODD)
        kind = np.zeros(len(score), np.int64)
        kind[odd] = ratios[:, odd].argmax(axis=0)
        finding = _finding(it, measured, kind, score)
        _learn(it, block, parts, measured, score >= ODD)
        settles = block.held & (score >= ODD) & (kind <= NOISE) & (it.since > SETTLING)
        drift.remember(it, block.value, parts, settles)
        level.jump(it, block.value, jumps | settles)
        return finding


def _begin(it: Memory, block: Block) -> None:
    new = it.since == 0
    if new.any():
        tails.begin(it, new)
        it.last[new], it.same[new] = block.value[new], 1
    level.anchor(it, block, new)


def _measured(it: Memory, block: Block, parts: Parts) -> Measured:
    expected = level.expect(it, block)
    changed, ended = block.value != it.last, it.still.copy()
    crept = drift.follow(it, block, parts, expected)
    sizes = np.empty((STATISTICS, len(block.value)))
    sizes[SPIKE] = np.abs(expected.error) / expected.scale
    sizes[DRIFT] = np.abs(crept.distance) / crept.swing
    sizes[NOISE] = level.burst(it, expected, changed)
    sizes[INTERVAL] = it.missed
    limits = np.maximum(tails.limits(it), LEAST)
    limits[DRIFT] = np.maximum(limits[DRIFT], crept.least / crept.swing)
    return Measured(expected, crept, changed, ended, sizes, limits)


def _ratios(it: Memory, block: Block, measured: Measured) -> tuple[NDArray[np.float64], Flags]:
    """Each statistic in parts of its limit, by kind; and where the level makes a jump that the series is known for."""
    ratios = np.empty((len(KINDS), len(block.value)))
    np.divide(measured.sizes, measured.limits, out=ratios[:STATISTICS])
    ratios[DRIFT] *= it.age >= drift.WARM
    ratios[INTERVAL] *= block.lead
    ratios[:STATISTICS] *= it.changes >= WARM
    jumps = (np.maximum.reduce(ratios[: NOISE + 1]) >= 1) & drift.known(it, block.value)
    ratios[: NOISE + 1] *= ~jumps & (it.since >= SETTLING)
    ratios[STUCK] = pace.stillness(it, block, measured.changed)
    return ratios, jumps


def _finding(it: Memory, measured: Measured, kind: NDArray[np.int64], score: Floats) -> Finding:
    expected, crept = measured.expected, measured.drift
    centre, reach = expected.value.copy(), measured.limits[SPIKE] * expected.scale
    creeps = kind == DRIFT
    if creeps.any():
        centre[creeps] = (it.slow + it.trend)[creeps]
        reach[creeps] = (measured.limits[DRIFT] * crept.swing)[creeps]
    return Finding(kind, score, centre - reach, centre + reach)


def _learn(it: Memory, block: Block, parts: Parts, measured: Measured, odd: Flags) -> None:
    frozen = (odd | block.open) & ~block.held
    calm = (~block.open | block.held) & ~odd
    learns = calm & measured.changed
    it.told += (odd & ~block.open) - parts.habit * it.told
    tails.learn(it, parts, measured.sizes, learns & (it.changes >= WARM))
    pace.learn(it, measured.ended, measured.changed, calm)
    drift.learn(it, block, parts, measured.drift, frozen)
    level.learn(it, measured.expected, learns, block.held)
    it.last[:] = block.value

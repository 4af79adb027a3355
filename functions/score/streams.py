"""The detectors of the platform: spike, drift, noise, stuck and interval, at a few dozen operations a reading. Called by
handler.py through the port detector.py.

Each is a statistic of a series, compared with the tail of its own past (tails.py) and with a smallest size that matters.
Nothing is learnt from what is odd, until it has held for so long that it is the new usual.
"""

from __future__ import annotations

import numpy as np

from functions.score import drift, level, pace, tails
from functions.score.detector import ODD, Block, Finding, Floats
from functions.score.memory import WIDTH, Memory, memory_of

KINDS = ("spike", "drift", "noise", "interval", "stuck")
LARGEST = 1e100
"""Values are cut to this, so that nothing overflows."""

WARM = 60.0
"""Changes after which a series is scored."""

LEAST = np.array([[4.0], [1.0], [1.8], [pace.MANY]])
"""What each statistic must reach to matter."""


class Streams:
    """Implements Detector."""

    kinds = KINDS
    width = WIDTH

    def judge(self, block: Block, memory: Floats) -> Finding:
        block = block._replace(value=np.clip(block.value, -LARGEST, LARGEST))
        it = memory_of(memory)
        self._begin(it, block)
        expected = level.expect(it, block)
        changed = block.value != it.last
        still = it.still.copy()
        calm = ~block.open
        may = calm | block.held
        drift.rebase(it, block.held)
        pace.gaps(it, block, block.held)
        distance = drift.follow(it, block, expected)
        least = drift.SMALLEST * drift.noise(it, expected)
        recent = it.recent + changed / 8 * (np.abs(expected.credible - expected.value) - it.recent)
        swing = np.maximum(it.swing, least)
        sizes = np.stack(
            (
                np.abs(expected.error) / expected.scale,
                np.abs(distance) / np.maximum(it.swing, 0.1 * expected.scale),
                recent / expected.scale,
                it.missed,
            )
        )
        limits = np.maximum(tails.limits(it), LEAST)
        limits[1] = np.maximum(limits[1], least / np.maximum(it.swing, 0.1 * expected.scale))
        ratios = np.empty((5, len(block.value)))
        np.divide(sizes, limits, out=ratios[:4])
        ratios[0][drift.known(it, expected.error) | (it.since < 5)] = 0
        ratios[1][drift.known(it, distance) | (it.age < drift.WARM)] = 0
        ratios[3][~block.lead] = 0
        ratios[:4, it.changes < WARM] = 0
        ratios[4] = pace.stillness(it, block, changed)
        kind = ratios.argmax(axis=0)
        score = ODD * ratios.max(axis=0)
        odd = score >= ODD
        reach = limits[0] * expected.scale
        calm = may & ~odd
        tails.learn(it, sizes, calm & changed & (it.changes >= WARM))
        level.learn(it, expected, changed, calm, block.held)
        drift.learn(it, block, distance, 0.3 * least, (odd | block.open) & ~block.held)
        pace.learn(it, still, changed, calm)
        it.last[:] = block.value
        return Finding(kind, score, expected.value - reach, expected.value + reach)

    def _begin(self, it: Memory, block: Block) -> None:
        new = it.since == 0
        if new.any():
            tails.begin(it, new)
            it.last[new], it.same[new] = block.value[new], 1.0
        anew = new | (block.gap > np.maximum(level.HOLE, level.HOLE_TIMES * it.interval))
        if anew.any():
            level.anchor(it, block.value, anew)

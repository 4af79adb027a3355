"""What the detectors remember of each series. Made by streams.py, used by the modules of the single statistics."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from functions.score.detector import Block, Floats

STATISTICS = 4
"""Spike, drift, noise and interval: each has a tail (tails.py)."""


@dataclass(slots=True)
class Memory:
    """Columns over the series of a block, views that are changed in place. Times in seconds, sizes in the unit of the
    metric."""

    usual: Floats  # (STATISTICS, series): what 5 % of a statistic exceed
    rare: Floats  # (STATISTICS, series): what 5 in 1,000 exceed
    told: Floats  # how often something was odd in the last week
    last: Floats  # the last value
    since: Floats  # readings since the level was learnt anew
    age: Floats  # time since the series began, or went on after a hole
    level: Floats  # of the last dozens of readings
    before: Floats  # the last value, cut to what was credible
    power: Floats  # mean square of a reading's distance from the level
    along: Floats  # mean product of that with the one before
    changes: Floats  # readings that differed from the one before
    spread: Floats  # usual size of an error of the prediction
    recent: Floats  # size of the last few errors
    fast: Floats  # level of the last minutes
    slow: Floats  # level before that
    trend: Floats  # usual difference of the two
    swing: Floats  # usual size of what that leaves over
    rise: Floats  # largest rise of the level that held
    fall: Floats  # the same of falls
    same: Floats  # usual share of readings equal to the one before
    run: Floats  # how many in a row are now
    still: Floats  # for how long they have been
    longest: Floats  # for how long they usually are at most
    interval: Floats  # usual time between readings
    missed: Floats  # how many readings seem to be missing of late


WIDTH = len(fields(Memory)) - 2 + 2 * STATISTICS


def memory_of(columns: Floats) -> Memory:
    """The views of a (WIDTH, series) array."""
    return Memory(columns[:STATISTICS], columns[STATISTICS : 2 * STATISTICS], *columns[2 * STATISTICS :])


SPANS = np.array([[90.0, 600.0, 3600.0, 4000.0, 604800.0]]).T
LEAST_SPANS = np.array([[8.0, 50.0, 300.0, 400.0, 0.0]]).T


@dataclass(slots=True)
class Parts:
    """What part of an exponentially weighted mean this reading renews, by the mean: its span is of time (SPANS, s), and
    at least some usual intervals (LEAST_SPANS); a pause counts for four of these."""

    fast: Floats
    slow: Floats
    trend: Floats
    tail: Floats
    habit: Floats


def parts_of(memory: Memory, block: Block) -> Parts:
    """gap / (gap + span): without an exponential, whose last bit may depend on the machine."""
    gap = np.minimum(block.gap, 4 * memory.interval)
    return Parts(*(gap / (gap + np.maximum(SPANS, LEAST_SPANS * memory.interval))))

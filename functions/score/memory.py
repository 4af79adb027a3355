"""What the detectors remember of each series, as columns over the series of a block. Made and used by streams.py and the
modules of the statistics."""

from __future__ import annotations

from dataclasses import dataclass, fields

from functions.score.detector import Floats

STATISTICS = 4
"""Spike, drift, noise and interval have a tail (tails.py); a run of equal values has none."""


@dataclass(slots=True)
class Memory:
    """Views of one row each; times in seconds, sizes in the unit of the metric."""

    last: Floats  # the last value
    since: Floats  # readings since the level was learnt anew
    age: Floats  # time since then
    level: Floats  # of the last dozens of readings
    before: Floats  # the last value, cut to what was credible
    power: Floats  # mean square of what is left over by the level
    along: Floats  # mean product of that with the one before
    changes: Floats  # readings that differed from the one before
    spread: Floats  # usual size of an error of the prediction
    recent: Floats  # size of the last few errors
    fast: Floats  # level of the last minutes
    slow: Floats  # level before that
    trend: Floats  # usual difference of the two
    swing: Floats  # usual size of what that leaves over
    rise: Floats  # largest rise of the level that held
    fall: Floats  # the same for falls
    same: Floats  # usual share of readings equal to the one before
    run: Floats  # how many in a row are
    still: Floats  # for how long they have been
    longest: Floats  # how long they usually are at most
    interval: Floats  # usual time between readings
    missed: Floats  # how many readings seem to be missing of late
    usual: Floats  # (STATISTICS, series): what 5 % of a statistic exceed
    rare: Floats  # (STATISTICS, series): what 5 in 1,000 exceed


PLAIN = len(fields(Memory)) - 2
WIDTH = PLAIN + 2 * STATISTICS


def memory_of(columns: Floats) -> Memory:
    """The views of a (WIDTH, series) array."""
    return Memory(*columns[:PLAIN], columns[PLAIN : PLAIN + STATISTICS], columns[PLAIN + STATISTICS :])

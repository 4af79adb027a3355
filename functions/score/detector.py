"""The port behind which anomalies are told from what is usual: a block of readings in, how odd each is out. Called by
handler.py, implemented by streams.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Block(NamedTuple):
    """One reading each of different series; every array has one entry a series.

    value: finite, or NaN for none. gap: seconds since the series' reading before (0: there was none). lead: whether
    the device's sending is judged by this series. open: an anomaly of the series is open; held: it has been for so
    long that what is now must be taken for the new usual.
    """

    value: Floats
    gap: Floats
    lead: Flags
    open: Flags
    held: Flags


class Finding(NamedTuple):
    """What a detector makes of a block, an entry a series. kind: the place in `Detector.kinds` of what is oddest.
    score: ODD or more is odd. low, high: the band in which the value was expected."""

    kind: NDArray[np.int64]
    score: Floats
    low: Floats
    high: Floats


ODD = 5.0
"""A score from which on a reading opens an anomaly: for a steady signal with normal noise, that many sigma."""


class Detector(Protocol):
    """Streaming: a reading is judged by what its own series did before, in a fixed number of operations, and the result
    for a series does not depend on what else is in the block."""

    @property
    def kinds(self) -> Sequence[str]:
        """The names under which anomalies are told."""

    @property
    def width(self) -> int:
        """How many numbers are remembered of a series; all 0 for one never seen."""

    def judge(self, block: Block, memory: Floats) -> Finding:
        """Scores a block and learns from it. memory: (width, series), changed in place."""

"""The port behind which what is odd is told from what is usual: a block of readings in, scores and bands out.

Called by handler.py, implemented by streams.py.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ODD = 5.0
"""A score from which on a reading opens an anomaly: of a steady signal with normal noise, about that many sigma."""


class Block(NamedTuple):
    """One reading each of different series; every array has an entry a series.

    value: no NaN. gap: seconds since the series' reading before (0: there was none). lead: whether the sending of the
    device is judged by this series. open: an anomaly of the series is open. held: it has been for so long that what is
    now must be taken for the new usual.
    """

    value: Floats
    gap: Floats
    lead: Flags
    open: Flags
    held: Flags


class Finding(NamedTuple):
    """What a detector makes of a block, an entry a series.

    score: ODD or more is odd. kind: the place in `Detector.kinds` of what is oddest, where anything is. low, high: the
    band in which the value was expected.
    """

    kind: NDArray[np.int64]
    score: Floats
    low: Floats
    high: Floats


class Detector(Protocol):
    """Streaming: a reading is judged by what its own series did before, in a fixed number of operations. What comes of
    a series does not depend on what else is in the block."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names under which anomalies are told."""

    @property
    def width(self) -> int:
        """How many numbers are remembered of a series; all 0 for one never seen."""

    def judge(self, block: Block, memory: Floats) -> Finding:
        """Scores a block and learns from it. memory: (width, series), changed in place."""

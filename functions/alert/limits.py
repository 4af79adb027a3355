"""The conditions of all rules in columns, so that a batch is judged at a stroke. Kept by rulebook.py, used by
batch.py.

It says of each reading what `Condition.violated(Condition.measure(reading))` says, by the same operations on the
same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from functions.alert.conditions import Condition
from functions.alert.series import Newer


class Limits:
    """Columns over conditions."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._sign = np.array([1.0 if c.upper else -1.0 for c in conditions])
        self._limit = self._sign * np.array([c.limit for c in conditions], np.float64)
        self._strict = np.array([c.strict for c in conditions], np.bool_)
        self._hole = np.array([c.hole for c in conditions], np.int64)
        self._per = np.array([c.per for c in conditions], np.int64)

    def violated(self, conditions: NDArray[np.int64], newer: Newer) -> NDArray[np.bool_]:
        """Which readings violate any of their conditions. conditions: numbers, a row for each reading."""
        found = np.zeros(len(newer.at), np.bool_)
        for numbers in conditions.T:
            measure = self._sign[numbers] * self._measure(numbers, newer)
            limit = self._limit[numbers]
            found |= (measure > limit) | ((measure == limit) & ~self._strict[numbers])
        return found

    def _measure(self, numbers: NDArray[np.int64], newer: Newer) -> NDArray[np.float64]:
        per = self._per[numbers]
        if not per.any():
            return newer.value
        passed = newer.time - newer.last_time
        with np.errstate(over="ignore"):
            rate = (newer.value - newer.last_value) / passed * per
        rate[passed > self._hole[numbers]] = np.nan
        return np.where(per > 0, rate, newer.value)

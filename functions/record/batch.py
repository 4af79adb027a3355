"""Readings on their way into buckets, and buckets on their way out. Used by buckets.py and handler.py."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """Readings: row of the table, time in µs, value (NaN for text), and whether late or revised. As they came where
    every series has one reading at most; else in the order of their series and, within one, as they came."""

    row: NDArray[np.int64]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    dirties: NDArray[np.bool_]

    def where(self, which: NDArray[Any]) -> Batch:
        """Some of them, by mask or place."""
        return Batch(*(column[which] for column in self))

    def is_single(self) -> bool:
        """Whether every series has one reading at most."""
        return len(set(self.row.tolist())) == len(self.row)

    def by_series(self) -> Batch:
        """In the order of their series."""
        return self.where(np.argsort(self.row, kind="stable"))


class Closed(NamedTuple):
    """Buckets by row of the table, with the entry each has in `sums`."""

    row: NDArray[np.int64]
    at: NDArray[np.int64]
    sums: dict[str, NDArray[Any]]

    def where(self, mask: NDArray[np.bool_]) -> Closed:
        """Some of them."""
        return Closed(self.row[mask], self.at[mask], {name: column[mask] for name, column in self.sums.items()})


def rank(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for the readings of the first series of a batch, 1 for those of the second, …"""
    ranks = np.zeros(len(row), np.int64)
    np.cumsum(row[1:] != row[:-1], out=ranks[1:])
    return ranks


def starts(row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the readings of a bucket begin."""
    start = np.ones(len(row), np.bool_)
    start[1:] = (row[1:] != row[:-1]) | (bucket[1:] != bucket[:-1])
    return start


def ends(row: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which entry is the first of its series, and which the last."""
    first = np.ones(len(row), np.bool_)
    first[1:] = row[1:] != row[:-1]
    return first, np.append(first[1:], True)

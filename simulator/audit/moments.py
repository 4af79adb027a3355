"""Times of the API as int64 µs, by the thousand. Used by all parts of the auditor that read documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.draws import Ints


def micros(times: Sequence[object]) -> Ints:
    """µs from RFC 3339 in UTC or Unix ms with fractions. ValueError for anything else."""
    if not times:
        return np.zeros(0, dtype=np.int64)
    if isinstance(times[0], str):
        plain = [str(t).removesuffix("Z").removesuffix("+00:00") for t in times]
        return np.array(plain, dtype="datetime64[us]").astype(np.int64)
    return np.rint(np.array(times, dtype=np.float64) * 1000).astype(np.int64)


def moment(time: object) -> int:
    """One of them."""
    return int(micros([time])[0])

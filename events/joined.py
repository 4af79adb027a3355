"""Several batches of readings as one. Used where many small ones are written at once: archive and the series store."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from events.readings import Readings


def joined(batches: Sequence[Readings]) -> Readings:
    """All rows in order, under dictionaries of all names. ValueError for no batches."""
    if not batches:
        raise ValueError("no batches to join")
    if len(batches) == 1:
        return batches[0]
    devices, device = _coded([(each.devices, each.device) for each in batches])
    metrics, metric = _coded([(each.metrics, each.metric) for each in batches])
    return Readings(
        devices, metrics, device, metric,
        np.concatenate([each.time for each in batches]), np.concatenate([each.received for each in batches]),
        np.concatenate([each.value for each in batches]), np.concatenate([each.late for each in batches]),
        np.concatenate([each.revised for each in batches]), np.concatenate([each.delivery for each in batches]),
        _texts(batches),
    )  # fmt: skip


def _coded(parts: Sequence[tuple[tuple[str, ...], NDArray[np.int32]]]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    index: dict[str, int] = {}
    codes, last, of = [], None, np.empty(0, np.int32)
    for names, column in parts:
        if names is not last:
            of, last = np.array([index.setdefault(name, len(index)) for name in names], np.int32), names
        codes.append(of[column])
    return tuple(index), np.concatenate(codes)


def _texts(batches: Sequence[Readings]) -> tuple[str | None, ...] | None:
    if all(each.text is None for each in batches):
        return None
    return tuple(chain.from_iterable(each.text or (None,) * len(each) for each in batches))

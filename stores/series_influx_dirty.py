"""Rollups computed from raw rows in InfluxDB, for buckets whose sums cannot be trusted. Used by series_influx.py,
behind the raw rows of the same flush."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from stores.ports import WIDTHS, Bucket, Names, Points, Rollups, Width
from stores.series_fold import fold
from stores.series_influx_lines import SUMS
from stores.series_influx_query import Ask, Range, raw

DEVICES = 40
"""So many devices are asked for at once."""


def portions(buckets: Iterable[Bucket]) -> Iterator[list[Bucket]]:
    """Buckets of the same hour and of some devices: one question reads little beside them."""
    hours: dict[int, dict[str, list[Bucket]]] = {}
    for bucket in buckets:
        hours.setdefault(bucket[2] // WIDTHS["1h"], {}).setdefault(bucket[0], []).append(bucket)
    for _, devices in sorted(hours.items()):
        names = list(devices)
        for begin in range(0, len(names), DEVICES):
            yield [bucket for name in names[begin : begin + DEVICES] for bucket in devices[name]]


def computed(ask: Ask, bucket: str, width: Width, dirty: Sequence[Bucket]) -> Rollups:
    """The rollup of each of these buckets as the raw rows say; a count of 0 where none is left."""
    us = WIDTHS[width]
    if any(start % us for *_, start in dirty):
        raise ValueError(f"a bucket of {width} begins at a multiple of {us} µs")
    names = list(dict.fromkeys((device, metric) for device, metric, _ in dirty))
    starts = [start for *_, start in dirty]
    points = raw(ask, Range(bucket, names, min(starts), max(starts) + us))
    return _rollups(names, points, dirty, us)


def _rollups(names: Names, points: Sequence[Points], dirty: Sequence[Bucket], us: int) -> Rollups:
    series = np.repeat(np.arange(len(names)), [len(some.time) for some in points])
    time, value = (np.concatenate([getattr(some, column) for some in points]) for column in ("time", "last"))
    sums = fold({"series": series, "time": time, "value": value}, us)
    at = {key: n for n, key in enumerate(zip(sums["series"].tolist(), sums["time"].tolist(), strict=True))}
    number = {name: n for n, name in enumerate(names)}
    index = np.array([at.get((number[device, metric], start), -1) for device, metric, start in dirty], np.int64)
    first, low, high, last, total, count = (np.append(sums[name], 0)[index] for name in SUMS)
    device, metric, start = zip(*dirty, strict=True)
    return Rollups(device, metric, np.array(start, np.int64), first, low, high, last, total, count)

"""What a series store must answer, kept in plain dicts; and short ways to fill and ask one. Used by the tests of
series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from events.readings import Readings, Row
from stores.ports import WIDTHS, Bucket, Origin, Points, Rollups, Series, Stored, Width

FOREVER = 1 << 60
MINUTE = WIDTHS["1m"]
HOUR = WIDTHS["1h"]

Sums = tuple[float, float, float, float, float, int]
"""first, min, max, last, sum, count."""


@dataclass
class History:
    """The readings of one tenant, in the order of the log."""

    rows: dict[tuple[str, str, int], Row] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Of equal identities the later one counts."""
        for row in rows:
            self.rows[row.device, row.metric, row.time] = row

    def readings(self, device: str) -> list[Stored]:
        """All of a device, by time and metric."""
        found = [row for (of, _, _), row in self.rows.items() if of == device]
        return [Stored(*row[:8]) for row in sorted(found, key=lambda row: (row.time, row.metric))]

    def numbers(self, device: str, metric: str) -> list[tuple[int, float]]:
        """Times and values of a series."""
        return [(r.time, r.value) for r in self.readings(device) if r.metric == metric and r.text is None]

    def rollups(self, step: int) -> dict[Bucket, Sums]:
        """Every bucket that has a number."""
        values: dict[Bucket, list[float]] = {}
        for device, metric, time in sorted(self.rows):
            row = self.rows[device, metric, time]
            if row.text is None:
                values.setdefault((device, metric, time // step * step), []).append(row.value)
        return {bucket: sums(held) for bucket, held in values.items()}


def sums(values: list[float]) -> Sums:
    """Added one after another."""
    total = 0.0
    for value in values:
        total += value
    return values[0], min(values), max(values), values[-1], total, len(values)


def touched(rows: Iterable[Row], width: Width) -> list[Bucket]:
    """The buckets of some rows."""
    return list({(row.device, row.metric, row.time // WIDTHS[width] * WIDTHS[width]): None for row in rows})


def put(series: Series, offset: int, rows: list[Row], shard: int = 0, dirty: bool = True, tenant: str = "main") -> None:
    """One event: its rows, and every bucket that they touch as dirty."""
    origin = Origin(tenant, shard, offset)
    series.append(origin, Readings.of(rows))
    for width in WIDTHS if dirty else ():
        series.dirty(origin, width, touched(rows, width))


def rollups(buckets: dict[Bucket, Sums]) -> Rollups:
    """Closed buckets in columns."""
    device, metric, start = zip(*buckets, strict=True)
    first, least, most, last, total, count = (np.array(column) for column in zip(*buckets.values(), strict=True))
    return Rollups(device, metric, np.array(start, np.int64), first, least, most, last, total, count)


def pages(series: Series, device: str, limit: int, metric: str | None = None) -> Iterator[Stored]:
    """All readings of a device, page after page."""
    after: tuple[int, str] | None = None
    while True:
        page = series.readings("main", device, metric, 0, FOREVER, after, limit)
        assert len(page) <= limit
        yield from page
        if len(page) < limit:
            return
        after = page[-1].time, page[-1].metric


def same(one: Iterable[Stored], other: Iterable[Stored]) -> bool:
    """Equal, NaN being equal to NaN."""
    return [_comparable(a) for a in one] == [_comparable(a) for a in other]


def _comparable(stored: Stored) -> tuple[Any, ...]:
    return tuple(None if isinstance(x, float) and math.isnan(x) else x for x in stored)


def numbers(points: Points) -> list[tuple[int, float]]:
    """Times and last values."""
    return list(zip(points.time.tolist(), points.last.tolist(), strict=True))


def table(points: Points) -> dict[int, Sums]:
    """start → sums."""
    columns = (points.first, points.min, points.max, points.last, points.sum, points.count)
    lists = [column.tolist() for column in columns if column is not None]
    return dict(zip(points.time.tolist(), zip(*lists, strict=True), strict=True))


def all_rollups(series: Series, width: Width, pairs: Iterable[tuple[str, str]]) -> dict[Bucket, Sums]:
    """Every stored rollup of some series."""
    return {
        (device, metric, start): of
        for device, metric in pairs
        for start, of in table(series.rolled("main", device, metric, width, 0, FOREVER, WIDTHS[width])).items()
    }

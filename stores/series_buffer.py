"""What is buffered of one shard until its flush, and how it becomes columns. Used by series_duckdb.py and
series_influx.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from events.joined import joined
from events.readings import Readings
from stores.ports import WIDTHS, Bucket, Origin, Rollups, Width
from stores.series_catalogue import Catalogue

Columns = dict[str, NDArray[Any]]
COLUMNS = ("start", "first", "min", "max", "last", "sum", "count")
"""Of rollups, besides their names."""


@dataclass
class Held:
    """In the order of the calls. dirty: (tenant, bucket), each once."""

    appends: list[tuple[Origin, Readings]] = field(default_factory=list)
    rolls: list[tuple[Origin, Width, Rollups]] = field(default_factory=list)
    dirty: dict[Width, dict[tuple[str, Bucket], None]] = field(default_factory=dict)

    def mark(self, tenant: str, width: Width, buckets: Iterable[Bucket]) -> None:
        """Adds dirty buckets."""
        self.dirty.setdefault(width, {}).update(dict.fromkeys((tenant, bucket) for bucket in buckets))

    def beyond(self, position: int) -> Held:
        """What no flush has written yet. Dirty buckets are computed again and again: they depend on raw rows alone."""
        return Held(
            [(origin, readings) for origin, readings in self.appends if origin.offset > position and len(readings)],
            [(origin, width, rollups) for origin, width, rollups in self.rolls if origin.offset > position],
            self.dirty,
        )

    def position(self, held: int) -> int:
        """Where the shard stands when all this is written."""
        origins = [append[0] for append in self.appends] + [roll[0] for roll in self.rolls]
        return max([held, *(origin.offset for origin in origins)])


def raw_rows(appends: list[tuple[Origin, Readings]], catalogue: Catalogue) -> Columns:
    """Columns of the table raw; the row of an event is its index in its batch."""
    batches = [readings for _, readings in appends]
    lengths = [len(readings) for readings in batches]
    whole = joined(batches) if batches else Readings.of(())
    return {
        "series": _joined([catalogue.number(tenant, of) for tenant, of in _by_tenant(appends, whole)], np.int32),
        "time": whole.time,
        "received": whole.received,
        "value": whole.value,
        "text": np.array(whole.text or [None] * len(whole), np.object_),
        "late": whole.late,
        "revised": whole.revised,
        "origin": np.repeat(np.array([origin.offset for origin, _ in appends], np.int64), lengths),
        "nth": _joined([np.arange(length, dtype=np.int32) for length in lengths], np.int32),
    }


def rollup_rows(rolls: list[tuple[Origin, Width, Rollups]], width: Width, catalogue: Catalogue) -> Columns:
    """Columns of the table of a width."""
    some = [(origin, rollups) for origin, of, rollups in rolls if of == width]
    wholes = [rollups for _, rollups in some]
    return {
        "series": _joined([_numbers(origin.tenant, rollups, catalogue) for origin, rollups in some], np.int32),
        "time": _joined([rollups.start for rollups in wholes], np.int64),
        **{
            name: _joined([getattr(rollups, name) for rollups in wholes], np.float64)
            for name in ("first", "min", "max", "last", "sum")
        },
        "count": _joined([rollups.count for rollups in wholes], np.int64),
        "origin": _joined([np.full(len(rollups), origin.offset) for origin, rollups in some], np.int64),
        "nth": _joined([np.zeros(len(rollups), np.int32) for rollups in wholes], np.int32),
    }


def together(rolls: list[tuple[Origin, Width, Rollups]]) -> Iterator[tuple[str, Width, Rollups]]:
    """Rollups of a tenant and width as one: a request to a server costs more than a thousand rows in it."""
    groups: dict[tuple[str, Width], list[Rollups]] = {}
    for origin, width, rollups in rolls:
        groups.setdefault((origin.tenant, width), []).append(rollups)
    for (tenant, width), some in groups.items():
        device, metric = ([name for each in some for name in getattr(each, of)] for of in ("device", "metric"))
        columns = [np.concatenate([getattr(each, name) for each in some]) for name in COLUMNS]
        yield tenant, width, Rollups(device, metric, *columns)


def dirty_buckets(buckets: Iterable[tuple[str, Bucket]], width: Width, catalogue: Catalogue) -> Columns:
    """Number and start of the dirty buckets of series that have raw rows. ValueError: a start that is none."""
    found = [(catalogue.find(tenant, device, metric), start) for tenant, (device, metric, start) in buckets]
    known = [(ids[0], start) for ids, start in found if ids]
    start = np.array([start for _, start in known], np.int64)
    if np.any(start % WIDTHS[width]):
        raise ValueError(f"a bucket of {width} begins at a multiple of {WIDTHS[width]} µs")
    return {"series": np.array([id for id, _ in known], np.int32), "time": start}


def _numbers(tenant: str, rollups: Rollups, catalogue: Catalogue) -> NDArray[np.int32]:
    pairs = zip(rollups.device, rollups.metric, strict=True)
    return np.array([catalogue.add(tenant, device, metric) for device, metric in pairs], np.int32)


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.empty(0, dtype)


def _by_tenant(appends: list[tuple[Origin, Readings]], whole: Readings) -> Iterator[tuple[str, Readings]]:
    """Batches of one tenant that stand side by side, as one; `whole` is all of them."""
    if len({origin.tenant for origin, _ in appends}) == 1:
        yield appends[0][0].tenant, whole
        return
    for tenant, some in groupby(appends, lambda append: append[0].tenant):
        yield tenant, joined([readings for _, readings in some])

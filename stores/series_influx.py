"""History in InfluxDB 2.7, for any number of processes. Opened by series_influx_open.py; written by record, asked by
the web API.

InfluxDB overwrites what has the same device, metric and time, so a repeat changes nothing and no position is kept. A
flush writes raw rows, then closed buckets, then those that are computed from raw; if it ends halfway, what was written
is written again. What InfluxDB has no field for stands in marks (series_influx_lines.py); `received` is kept once for
a device and time: of two messages with the same time, that of the later one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from events.joined import joined
from events.readings import Readings
from stores.ports import Bucket, Names, Origin, Points, Rollups, Stored, Table, Width
from stores.series_buffer import Held, together
from stores.series_each import Together
from stores.series_fold import whole_hours
from stores.series_influx_across import Everyone, across
from stores.series_influx_buckets import TABLES, Buckets
from stores.series_influx_dirty import computed, portions
from stores.series_influx_flux import FOREVER, rfc3339, rows, text
from stores.series_influx_http import GIVES_UP, InfluxHttp
from stores.series_influx_lines import NUMBERS, TEXTS, raw_lines, rollup_lines
from stores.series_influx_query import Range
from stores.series_influx_query import buckets as drawn
from stores.series_influx_query import raw as numbers
from stores.series_influx_query import rolled as rolled_up
from stores.series_influx_readings import Span, latest, readings
from stores.series_influx_refuse import refused

BUDGET = 5.0
"""Seconds of a flush after which no further bucket is computed from raw: the rest is left for the next."""

_NONE = np.empty(0)
EMPTY = Points(_NONE.astype(np.int64), _NONE, _NONE, _NONE, _NONE, _NONE.astype(np.int64), _NONE)
_DISK = re.compile(rb'^storage_shard_disk_size\{bucket="(\w+)".*\} ([0-9.e+]+)$', re.MULTILINE)


class InfluxSeries(Together):
    """Retry where the server is away, too slow or overloaded."""

    overwrites = True

    def __init__(self, http: InfluxHttp, buckets: Buckets) -> None:
        self._http, self._buckets = http, buckets
        self._held: dict[int, Held] = {}
        self._unfinished: set[int] = set()

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]:
        """What the server would refuse, or its protocol cannot say."""
        return refused(readings)

    def append(self, origin: Origin, readings: Readings) -> None:
        """Buffers rows."""
        self._held.setdefault(origin.shard, Held()).appends.append((origin, readings))

    def roll(self, origin: Origin, width: Width, rollups: Rollups) -> None:
        """Buffers closed buckets."""
        self._held.setdefault(origin.shard, Held()).rolls.append((origin, width, rollups))

    def dirty(self, origin: Origin, width: Width, buckets: Iterable[Bucket]) -> None:
        """Buckets to compute from raw at the flush."""
        self._held.setdefault(origin.shard, Held()).mark(origin.tenant, width, buckets)

    def flush(self, shard: int) -> None:
        """Writes what is buffered for a shard, within 10 s. If it fails, all that is not written stays buffered."""
        held, began = self._held.get(shard), time.monotonic()
        if held is None:
            return
        self._write_raw(held, began + GIVES_UP)
        self._write_rolls(held, began + GIVES_UP)
        if self._write_dirty(held, began):
            self.discard(shard)
        else:
            self._unfinished.add(shard)

    def discard(self, shard: int) -> None:
        """Throws away what is buffered for a shard."""
        self._held.pop(shard, None)
        self._unfinished.discard(shard)

    def due(self, shard: int) -> bool:
        """Whether a flush has left something: it is gone on with before more comes."""
        return shard in self._unfinished

    def settled(self, shard: int) -> bool:
        """Whether nothing is buffered for a shard, nor left of a flush."""
        return shard not in self._held

    def readings(
        self, tenant: str, device: str, metric: str | None, start: int, stop: int, after: tuple[int, str] | None,
        limit: int,
    ) -> Sequence[Stored]:  # fmt: skip
        """Winners of start ≤ time < stop, ordered by (time, metric), those after the pair `after`."""
        bucket = self._buckets.name(tenant, "raw")
        if not self._buckets.has(bucket):
            return []
        return readings(self._http.ask, Span(bucket, [device], metric, start, stop), after, limit)

    def each_raw(self, tenant: str, names: Names, start: int, stop: int, limit: int) -> Sequence[Points]:
        """Of each series the first `limit + 1` numbers."""
        of = Range(self._buckets.name(tenant, "raw"), names, start, stop)
        return numbers(self._http.ask, of, limit) if self._can_ask(of) else [EMPTY for _ in names]

    def each_buckets(self, tenant: str, names: Names, start: int, stop: int, step: int) -> Sequence[Points]:
        """Raw rows drawn together into buckets of `step` µs."""
        of = Range(self._buckets.name(tenant, "raw"), names, start, stop)
        return drawn(self._http.ask, of, step) if self._can_ask(of) else [EMPTY for _ in names]

    def each_rolled(
        self, tenant: str, names: Names, width: Width, start: int, stop: int, step: int
    ) -> Sequence[Points]:
        """Rollups drawn together into buckets of `step` µs."""
        of = Range(self._buckets.name(tenant, width), names, start, stop)
        return rolled_up(self._http.ask, of, width, step) if self._can_ask(of) else [EMPTY for _ in names]

    def across(self, tenant: str, metric: str, table: Table, start: int, stop: int, step: int) -> Points:
        """One metric of all devices drawn together."""
        of = Everyone(self._buckets.name(tenant, table), metric, start, stop)
        return across(self._http, of, table, step) if start < stop and self._buckets.has(of.bucket) else EMPTY

    def latest(self, tenant: str, devices: Sequence[str] | None = None) -> Mapping[str, Mapping[str, Stored]]:
        """As of the last flush of whoever writes."""
        bucket = self._buckets.name(tenant, "raw")
        if (devices is not None and not devices) or not self._buckets.has(bucket):
            return {}
        return latest(self._http.ask, Span(bucket, devices, None, 0, FOREVER))

    def metrics(self, tenant: str, device: str | None = None) -> Sequence[str]:
        """Sorted names, of what is kept raw."""
        bucket = self._buckets.name(tenant, "raw")
        if not self._buckets.has(bucket):
            return []
        whose = f"(r._measurement == {text(NUMBERS)} or r._measurement == {text(TEXTS)})"
        whose += f" and r.device == {text(device)}" if device is not None else ""
        asked = f'schema.tagValues(bucket: {text(bucket)}, tag: "_field", predicate: (r) => {whose}, start: time(v: 0))'
        body = self._http.ask(f'import "influxdata/influxdb/schema"\n{asked}')
        return sorted(row["_value"] for row in rows(body))

    def trim(self, tenant: str, table: Table, before: int) -> None:
        """Removes what is older, unless the server does so itself: it drops whole days, `series_influx_buckets.LAG`
        later."""
        bucket = self._buckets.name(tenant, table)
        end = whole_hours(before) if table == "raw" else before
        if not self._buckets.drops(table) and end > 0 and self._buckets.has(bucket):
            self._http.delete(bucket, rfc3339(0), rfc3339(end - 1))

    def compact(self) -> None:
        """The server sorts by itself."""

    def size(self) -> int:
        """Bytes on its disk, as the server counts them now and then."""
        ids = self._buckets.ids()
        return sum(int(float(size)) for id, size in _DISK.findall(self._http.get("/metrics")) if id.decode() in ids)

    def close(self) -> None:
        """Closes all connections; what is buffered is lost."""
        self._http.close()

    def _can_ask(self, of: Range) -> bool:
        return of.start < of.stop and bool(of.names) and self._buckets.has(of.bucket)

    def _write_raw(self, held: Held, deadline: float) -> None:
        for tenant, some in groupby(held.appends, lambda append: append[0].tenant):
            for lines in raw_lines(joined([each for _, each in some])):
                self._http.write(self._buckets.make(tenant, TABLES[0]), lines, deadline)
        held.appends.clear()

    def _write_rolls(self, held: Held, deadline: float) -> None:
        for tenant, width, rollups in together(held.rolls):
            for lines in rollup_lines(rollups):
                self._http.write(self._buckets.make(tenant, width), lines, deadline)
        held.rolls.clear()

    def _write_dirty(self, held: Held, began: float) -> bool:
        """Whether no dirty bucket is left."""
        for width, marked in held.dirty.items():
            for tenant in dict.fromkeys(tenant for tenant, _ in marked):
                for some in portions(bucket for of, bucket in list(marked) if of == tenant):
                    if time.monotonic() > began + BUDGET:
                        return False
                    self._compute(tenant, width, some, began + GIVES_UP)
                    for bucket in some:
                        del marked[tenant, bucket]
        return True

    def _compute(self, tenant: str, width: Width, dirty: Sequence[Bucket], deadline: float) -> None:
        raw = self._buckets.name(tenant, "raw")
        if self._buckets.has(raw):
            for lines in rollup_lines(computed(self._http.ask, raw, width, dirty)):
                self._http.write(self._buckets.make(tenant, width), lines, deadline)

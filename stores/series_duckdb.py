"""The series store in one DuckDB file, for one process. Opened by stores/open.py; written by record, asked by the web
API.

One thread at a time writes, any number ask, compaction runs beside both. A flush is one transaction: rows, rollups
and the position of the shard; whatever stands at or below that position is skipped when it comes again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from events.handler import Retry
from events.readings import Readings
from stores import series_across, series_compact, series_dirty, series_query
from stores.ports import Bucket, Origin, Points, Rollups, Stored, Table, Width
from stores.series_buffer import Columns, Held, dirty_buckets, raw_rows, rollup_rows
from stores.series_catalogue import Catalogue, Latest, by_device
from stores.series_each import OneByOne
from stores.series_fold import whole_hours
from stores.series_query import Range
from stores.series_schema import NEWEST, POSITION, RAW, READING, ROLLED, SERIES, connect, insert, transaction


class DuckdbSeries(OneByOne):
    """History in a file. Retry where the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = connect(path)
        self._writer, self._writing = self._database.cursor(), threading.Lock()
        self._caretaker, self._caring = self._database.cursor(), threading.Lock()
        self._held: dict[int, Held] = {}
        self._catalogue, self._latest = Catalogue(), Latest()
        for tenant, device, metric in self._rows(f"SELECT tenant, device, metric FROM {SERIES} ORDER BY id"):
            self._catalogue.add(tenant, device, metric)
        self._positions: dict[int, int] = dict(self._rows(f"SELECT shard, origin FROM {POSITION}"))
        self._load_latest()

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]:
        """Times before 1970: rollups are cut from 1970 on."""
        return [(row, "time: before 1970") for row in np.flatnonzero(readings.time < 0).tolist()]

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
        """Writes what is buffered for a shard. If it fails, all of it stays buffered and nothing is written."""
        held = self._held.get(shard)
        if held is None:
            return
        with self._writing:
            known = len(self._catalogue.names)
            position = held.position(self._positions.get(shard, -1))
            try:
                rows = self._write(held.beyond(self._positions.get(shard, -1)), shard, position, known)
            except BaseException:
                self._catalogue.forget(known)
                raise
            del self._held[shard]
            self._positions[shard] = position
            self._latest.add(rows["series"], rows)

    def discard(self, shard: int) -> None:
        """Throws away what is buffered for a shard."""
        self._held.pop(shard, None)

    def settled(self, shard: int) -> bool:
        """Whether nothing is buffered for a shard."""
        return shard not in self._held

    def readings(
        self, tenant: str, device: str, metric: str | None, start: int, stop: int, after: tuple[int, str] | None,
        limit: int,
    ) -> Sequence[Stored]:  # fmt: skip
        """Winners of start ≤ time < stop, ordered by (time, metric), those after the pair `after`."""
        series = self._catalogue.find(tenant, device, metric)
        with self._cursor() as cursor:
            return series_query.readings(cursor, series, (start, stop), after, limit) if series else []

    def raw(self, tenant: str, device: str, metric: str, start: int, stop: int, limit: int) -> Points:
        """The first `limit + 1` numbers."""
        with self._cursor() as cursor:
            return series_query.raw(cursor, self._range(tenant, device, metric, start, stop), limit)

    def buckets(self, tenant: str, device: str, metric: str, start: int, stop: int, step: int) -> Points:
        """Raw rows drawn together into buckets of `step` µs."""
        with self._cursor() as cursor:
            return series_query.buckets(cursor, self._range(tenant, device, metric, start, stop), step)

    def rolled(
        self, tenant: str, device: str, metric: str, width: Width, start: int, stop: int, step: int
    ) -> Points:  # fmt: skip
        """Rollups drawn together into buckets of `step` µs."""
        with self._cursor() as cursor:
            return series_query.rolled(cursor, self._range(tenant, device, metric, start, stop), width, step)

    def across(self, tenant: str, metric: str, table: Table, start: int, stop: int, step: int) -> Points:
        """One metric of all devices drawn together."""
        with self._cursor() as cursor:
            return series_across.across(cursor, (tenant, metric), table, (start, stop), step)

    def latest(self, tenant: str, devices: Sequence[str] | None = None) -> Mapping[str, Mapping[str, Stored]]:
        """From memory, as of the last flush."""
        asked = self._catalogue.devices(tenant) if devices is None else devices
        series = [id for device in asked for id in self._catalogue.find(tenant, device)]
        return by_device(self._catalogue.names, self._latest.rows(series))

    def metrics(self, tenant: str, device: str | None = None) -> Sequence[str]:
        """Sorted names, from memory."""
        return self._catalogue.metrics(tenant, device)

    def trim(self, tenant: str, table: Table, before: int) -> None:
        """Removes what is older; of raw rows whole hours, and an hour later."""
        with self._caring, transaction(self._caretaker) as cursor:
            if table != "raw":
                series_compact.trim(cursor, ROLLED[table], tenant, before)
                return
            end = whole_hours(before)
            series_compact.trim(cursor, RAW, tenant, end)
            self._latest.drop(self._catalogue.of(tenant), end)
            series_compact.keep_newest(cursor, self._latest)

    def compact(self) -> None:
        """Sorts what has come since the last time; queries and flushes go on meanwhile."""
        with self._caring:
            series_compact.compact(self._caretaker, self._latest)

    def size(self) -> int:
        """Bytes of the file and of what is not yet checkpointed into it."""
        return sum(path.stat().st_size for path in self._path.parent.glob(f"{self._path.name}*") if path.is_file())

    def close(self) -> None:
        """Writes a checkpoint; what is buffered is lost."""
        for connection in (self._writer, self._caretaker, self._database):
            connection.close()

    def _write(self, fresh: Held, shard: int, position: int, known: int) -> Columns:
        """One transaction; returns the rows."""
        rows = raw_rows(fresh.appends, self._catalogue)
        rolls = {width: rollup_rows(fresh.rolls, width, self._catalogue) for width in ROLLED}
        with transaction(self._writer) as cursor:
            self._write_series(cursor, known)
            insert(cursor, f"{RAW}_new", rows)
            for width, rollups in rolls.items():
                insert(cursor, f"{ROLLED[width]}_new", rollups)
            for width, buckets in fresh.dirty.items():
                series_dirty.compute(cursor, width, dirty_buckets(buckets, width, self._catalogue), position)
            place = (
                "UPDATE {} SET origin = $1 WHERE shard = $2"
                if shard in self._positions
                else "INSERT INTO {} VALUES ($2, $1)"
            )
            cursor.execute(place.format(POSITION), [position, shard])
        return rows

    def _write_series(self, cursor: duckdb.DuckDBPyConnection, known: int) -> None:
        new = self._catalogue.names[known:]
        if new:
            columns = dict(zip(("tenant", "device", "metric"), zip(*new, strict=True), strict=True))
            insert(cursor, SERIES, {"id": np.arange(known, known + len(new)), **columns})

    def _range(self, tenant: str, device: str, metric: str, start: int, stop: int) -> Range:
        series = self._catalogue.find(tenant, device, metric)
        return Range(series[0] if series else -1, start, stop)

    def _load_latest(self) -> None:
        for table in (NEWEST, f"{RAW}_new"):
            found = self._database.sql(f"SELECT {', '.join(READING)} FROM {table}")
            for batch in found.to_arrow_reader(100_000):
                rows = {name: batch[name].to_numpy(zero_copy_only=False) for name in READING}
                self._latest.add(rows["series"], rows)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.execute(sql).fetchall()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one question, so that threads do not wait for one another."""
        with closing(self._database.cursor()) as cursor:
            try:
                yield cursor
            except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
                raise Retry(f"series could not be read: {error}") from error

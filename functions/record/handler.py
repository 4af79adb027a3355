"""record: every good reading into the series store, raw and in rollups of a minute and an hour. Runs in pod `store`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from events import clock, types
from events.event import Event
from events.ledger import Ledger
from events.payloads import Rejected, Ticked
from events.readings import Readings, Row
from events.state import Layout, State
from functions.record.batch import Batch, Closed
from functions.record.buckets import Buckets, columns
from stores.ports import WIDTHS, Bucket, Origin, Rollups, Width

LAYOUT = Layout(1, {"series": columns()})

GRACE = 120_000_000
"""A bucket that its series has not passed closes when the clock is so far (µs) past its end."""


class Series(Protocol):
    """What record needs of stores.ports.Series; the host flushes it."""

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]: ...

    def append(self, origin: Origin, readings: Readings) -> None: ...

    def roll(self, origin: Origin, width: Width, rollups: Rollups) -> None: ...

    def dirty(self, origin: Origin, width: Width, buckets: Iterable[Bucket]) -> None: ...


def handle(event: Event, *, state: State, series: Series) -> Iterable[Event]:
    """Takes telemetry; gives `reading.rejected` for what the store could not keep, and the ledger's minutes."""
    if event.type == types.TELEMETRY_VALIDATED:
        yield from _record(event, event.data, state, series)
    elif event.type == types.CLOCK_TICKED:
        yield from _tick(event, event.data, state, series)


def _record(event: Event, readings: Readings, state: State, series: Series) -> Iterator[Event]:
    ledger, n = Ledger(state, "record"), len(readings)
    refused = series.refuses(readings)
    rows = [row for row, _ in refused]
    bad, readings = (readings.take(rows), readings.take(np.delete(np.arange(n), rows))) if rows else (None, readings)
    late, revised = int(np.count_nonzero(readings.late)), int(np.count_nonzero(readings.revised))
    ledger.count(in_=n, out=len(readings), late=late, revised=revised)
    if bad is not None:
        ledger.reject("out_of_range", len(rows))
        yield from (_rejected(event, row, why) for (_, why), row in zip(refused, bad.rows(), strict=True))
    series.append(_origin(event, event.tenant), readings)
    _roll_up(event, readings, state, series)


def _roll_up(event: Event, readings: Readings, state: State, series: Series) -> None:
    """Text has no sums, but text that came late or in place of a number changes its bucket."""
    dirties = readings.late | readings.revised
    rolled = np.flatnonzero(~np.isnan(readings.value) | dirties)
    if not len(rolled):
        return
    table = state.tables["series"]
    tenant, keys = event.tenant, readings.series()
    row = table.rows([(tenant, *keys[i]) for i in rolled.tolist()], clock.now(state))
    # Of the two zeros only one: machines differ in which of them is the smaller.
    batch = Batch(row, readings.time[rolled], readings.value[rolled] + 0.0, dirties[rolled])
    single = batch.is_single()
    batch = batch if single else batch.by_series()
    for width in WIDTHS:
        buckets = Buckets(table, width)
        closed, dirty = buckets.add(batch, single)
        for some in closed:
            _close(event, buckets, some, series)
        _mark(event, buckets, dirty, series)


def _tick(event: Event, tick: Ticked, state: State, series: Series) -> Iterator[Event]:
    clock.move(state, tick)
    now, table = clock.now(state), state.tables["series"]
    widths = [Buckets(table, width) for width in WIDTHS]
    for buckets in widths:
        _close(event, buckets, buckets.pass_by(now, GRACE), series)
    clock.forget(table, now, lambda _: np.logical_or.reduce([buckets.is_open() for buckets in widths]))
    yield from Ledger(state, "record").passed(event)


def _close(event: Event, buckets: Buckets, closed: Closed, series: Series) -> None:
    if not len(closed.row):
        return
    clean = ~closed.sums["dirty"]
    for tenant, some in buckets.by_tenant(closed.where(clean)):
        series.roll(_origin(event, tenant), buckets.width, buckets.rollups(some))
    _mark(event, buckets, closed.where(~clean), series)


def _mark(event: Event, buckets: Buckets, dirty: Closed, series: Series) -> None:
    for tenant, some in buckets.by_tenant(dirty):
        series.dirty(_origin(event, tenant), buckets.width, buckets.named(some))


def _origin(event: Event, tenant: str) -> Origin:
    return Origin(tenant, event.shard, event.offset)


def _rejected(event: Event, reading: Row, why: str) -> Event:
    """why: `field: what is wrong with it`, as the store says it."""
    field, _, detail = why.rpartition(": ")
    rejected = Rejected(
        device=reading.device, metric=reading.metric, reason="out_of_range", detail=detail, field=field,
        received=reading.received, time=reading.time, value=None if reading.text else reading.value, text=reading.text,
    )  # fmt: skip
    return event.child(types.READING_REJECTED, rejected, subject=reading.device)

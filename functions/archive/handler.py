"""archive: every good reading into Parquet files, in the order of the log. Runs in a pod of its own, `archive`.

Which readings share a file depends on the log alone, so a repeat from the first record of an open file writes the same
bytes. Files of all tenants of a shard are cut together, for the position can only stand between files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from events import clock, types
from events.event import Event
from events.ledger import Ledger
from events.readings import Readings
from events.state import Layout, State
from events.times import rfc3339
from stores.ports import Origin

LAYOUT = Layout(1)

MOST_ROWS = 1_000_000
OLDEST = 600_000_000
"""A file is cut when the clock is so far (µs) past what it showed at the file's first record."""


class Files(Protocol):
    """Where the readings go (files.py); the host flushes it."""

    def append(self, origin: Origin, readings: Readings) -> None: ...

    def cut(self, shard: int, day: str) -> None: ...


def handle(event: Event, *, state: State, files: Files) -> Iterable[Event]:
    """Takes telemetry; gives the ledger's minutes."""
    if event.type == types.TELEMETRY_VALIDATED:
        _keep(event, event.data, state, files)
    elif event.type == types.CLOCK_TICKED:
        clock.move(state, event.data)
        yield from _tick(event, state, files)


def _keep(event: Event, readings: Readings, state: State, files: Files) -> None:
    n = len(readings)
    Ledger(state, "archive").count(in_=n, out=n, late=int(readings.late.sum()), revised=int(readings.revised.sum()))
    opened = state.values.setdefault("open", {"since": clock.now(state) or event.time, "rows": 0})
    opened["rows"] += n
    files.append(Origin(event.tenant, event.shard, event.offset), readings)
    if opened["rows"] >= MOST_ROWS:
        _cut(event, state, files)


def _tick(event: Event, state: State, files: Files) -> Iterator[Event]:
    now = clock.now(state)
    opened = state.values.get("open")
    if opened is not None and (now - opened["since"] >= OLDEST or _day(now) != _day(opened["since"])):
        _cut(event, state, files)
    yield from Ledger(state, "archive").passed(event)


def _cut(event: Event, state: State, files: Files) -> None:
    files.cut(event.shard, _day(state.values.pop("open")["since"]))


def _day(time: int) -> str:
    return rfc3339(time)[:10]

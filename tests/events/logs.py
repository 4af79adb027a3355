"""The implementations of the port Log, and events to put into one. The contract in test_log.py runs over each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from events import types
from events.event import Event
from events.local import LocalLog
from events.log import Log, Reader, Record
from events.payloads import Ticked
from events.readings import Readings, Row

SHARDS = 2

LOGS: dict[str, Callable[[Path], Log]] = {"local": lambda folder: LocalLog(folder, SHARDS)}
"""Name → opens a log of SHARDS shards over a folder; opened again, it holds what was made durable."""


def tick(n: int) -> Event:
    """A small event, told from others by its number."""
    return Event(types.CLOCK_TICKED, Ticked(clock=n), 1_000_000 + n, id=f"id-{n}", source="/test/1", sequence=str(n))


def batch(n: int, rows: int = 3) -> Event:
    """A telemetry event of some rows."""
    data = Readings.of([Row(f"d{i}", "temperature", n * 1000 + i, n * 1000, i + 0.5) for i in range(rows)])
    return Event(types.TELEMETRY_RECEIVED, data, n * 1000, id=f"id-{n}", source="/test/1", sequence=str(n))


def numbers(records: Sequence[Record]) -> list[int]:
    """The numbers of events made by `tick` or `batch`."""
    return [int(record.event.sequence) for record in records]


def drained(reader: Reader, timeout: float = 0.0) -> list[Record]:
    """All that a reader has now."""
    records: list[Record] = []
    while polled := reader.poll(timeout):
        records += polled
    return records

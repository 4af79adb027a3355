"""The implementations of the port Log, and events to put into one. The contract in test_log.py runs over each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from events import types
from events.event import Event
from events.kafka import KafkaLog, KafkaOptions, servers_of
from events.local import LocalLog
from events.log import HostedLog, Reader, Record
from events.payloads import Ticked
from events.readings import Readings, Row

SHARDS = 2

LOGS = ("local", "kafka")


def opener(name: str, request: pytest.FixtureRequest) -> Callable[[], HostedLog]:
    """Opens a log of SHARDS shards that is the test's own; opened again, it holds what was made durable."""
    if name == "local":
        folder: Path = request.getfixturevalue("tmp_path")
        return lambda: LocalLog(folder, SHARDS)
    options = kafka_options(request.getfixturevalue("kafka_url"))
    return lambda: KafkaLog(options, SHARDS)


def kafka_options(url: str) -> KafkaOptions:
    """Topics and groups of a name that nobody else has."""
    return KafkaOptions(servers_of(url), prefix=f"test-{uuid4().hex[:12]}.", days=1.0)


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


def drained(reader: Reader, count: int) -> list[Record]:
    """So many records, waited for, and whatever comes at once after them."""
    records: list[Record] = []
    until = time.monotonic() + 10
    while len(records) < count and time.monotonic() < until:
        records += reader.poll(0.1)
    return [*records, *reader.poll(0.0)]


def joined(reader: Reader, shards: int = SHARDS, pause: float = 0.05) -> Reader:
    """The reader, once it has so many shards; it polls for `pause` seconds."""
    until = time.monotonic() + 60
    while len(reader.shards()) < shards:
        assert time.monotonic() < until, f"shards {set(reader.shards())} after a minute, not {shards} of them"
        reader.poll(pause)
    return reader

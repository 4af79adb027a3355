"""`python -m functions replay`: rows that a function gave up come into the inbox again, for another try. Called by
__main__.py.

What was given up is told in `dead.letter` and still stands in the log. It is read there and appended as a writer's
readings, the one way in: validate lets a reading pass that is older than the eight it remembers of its series (the
others it counts as duplicates), record and archive keep it, score and alert see that it is late. Of equal readings the
later one counts, so that a second replay does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from events import types
from events.event import OFFSET_WIDTH, Event
from events.log import Log, OutOfRange, Record
from events.payloads import DeadLetter
from events.readings import RETAINED, Readings
from events.rooted import rooted
from events.writer import Writer

FUNCTIONS = ("validate", "record", "archive")
"""Of these a row that was given up is missing somewhere."""

PAGE = 256
NEAR = 1024
"""Records around the place where an event is looked for: repeats stand out of order."""

Lost = Mapping[tuple[str, str], frozenset[int]]
"""source and sequence of an event → rows of it."""


def replay(log: Log, functions: Iterable[str] = FUNCTIONS) -> tuple[int, int]:
    """Rows that were appended again, and rows that the log no longer holds."""
    writer = Writer(log, "replay", lambda: time.time_ns() // 1000)
    again = gone = 0
    for shard in range(log.shards):
        for (source, sequence), rows in lost(log, shard, frozenset(functions)).items():
            event = found(log, shard, source, sequence)
            if event is None:
                gone += len(rows)
                continue
            data = _anew(event.data.take(sorted(rows)))
            writer.append(shard, Event(types.TELEMETRY_RECEIVED, data, event.time, event.subject, event.tenant))
            again += len(rows)
    writer.flush()
    return again, gone


def lost(log: Log, shard: int, functions: frozenset[str]) -> Lost:
    """What functions gave up of batches, in the order of the log."""
    rows: dict[tuple[str, str], set[int]] = {}
    for record in _records(log, types.DEAD_LETTER, shard, log.begin(types.DEAD_LETTER, shard)):
        letter = record.event.data
        if isinstance(letter, DeadLetter) and letter.function in functions and letter.rows:
            rows.setdefault((letter.source, letter.sequence), set()).update(letter.rows)
    return {name: frozenset(held) for name, held in rows.items()}


def found(log: Log, shard: int, source: str, sequence: str) -> Event | None:
    """An event of the inbox or of telemetry by its name; None if the log no longer holds it."""
    topic = types.INBOX if source == f"/inbox/{shard}" else types.TELEMETRY
    at = max(_near(log, topic, shard, int(sequence[:OFFSET_WIDTH])) - NEAR, log.begin(topic, shard))
    for number, record in enumerate(_records(log, topic, shard, at)):
        event = rooted(record)
        if (event.source, event.sequence) == (source, sequence) and isinstance(event.data, Readings):
            return event
        if number > 2 * NEAR:
            break
    return None


def _near(log: Log, topic: str, shard: int, offset: int) -> int:
    """About where what descends from an offset of the inbox stands in a topic."""
    if topic == types.INBOX:
        return offset
    low, high = log.begin(topic, shard), log.end(topic, shard)
    while low < high:
        middle = (low + high) // 2
        held = _one(log, topic, shard, middle)
        low, high = (middle + 1, high) if held is not None and held.offset < offset else (low, middle)
    return low


def _one(log: Log, topic: str, shard: int, at: int) -> Event | None:
    try:
        records: Sequence[Record] = log.read(topic, shard, at, 1)
    except OutOfRange:  # it has gone while we looked
        return None
    return records[0].event if records and records[0].event.sequence else None


def _records(log: Log, topic: str, shard: int, at: int) -> Iterator[Record]:
    while records := log.read(topic, shard, at, PAGE):
        yield from records
        at = records[-1].offset + 1


def _anew(readings: Readings) -> Readings:
    """As they came in, but no sign of life."""
    none = np.zeros(len(readings), np.bool_)
    return replace(readings, late=none, revised=none, delivery=np.full(len(readings), RETAINED, np.uint8))

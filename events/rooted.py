"""A record as functions see it. Used by shard.py."""

from __future__ import annotations

from dataclasses import replace

from events.event import Event, root_sequence, root_source
from events.log import Record
from events.types import INBOX


def rooted(record: Record) -> Event:
    """What comes from the inbox is named by its place there, its writer kept beside. What has no source is nothing that
    a function takes (kafka_records.py), and stays so."""
    event = record.event
    if record.topic != INBOX or not event.source:
        return event
    return replace(
        event, source=root_source(record.shard), sequence=root_sequence(record.offset), prior="",
        writer=event.source, count=_count(event.sequence),
    )  # fmt: skip


def _count(sequence: str) -> int:
    """A writer's count; 0 where another program has another form of it."""
    return int(sequence) if sequence.isascii() and sequence.isdecimal() and len(sequence) < 19 else 0

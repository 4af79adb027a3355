"""ingest: the messages of one tenant into readings and refusals. Called by the bridge and the HTTP edge (through
intake.py), or as a function of its own.

A bad item of an array, or a bad metric of an object, is refused alone; its neighbours pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from events.event import Event
from events.log import shard_of
from events.payloads import Payload
from events.types import PAYLOAD_REFUSED, TELEMETRY_RECEIVED
from functions.ingest.body import Limits, check_depth, exact, load, may_hide_integers
from functions.ingest.columns import Columns, Origin
from functions.ingest.forms import items, opened
from functions.ingest.metrics import is_plain, judge, split
from functions.ingest.moments import microseconds, untimely
from functions.ingest.names import DEVICE_RULE, is_device, shown
from functions.ingest.refusal import Refusal, Unreadable, documents, told

DEFAULT = Limits()
_PLAIN = ("", "application/json")


class Outcome(NamedTuple):
    """What became of one message: readings taken, and what was refused of it. Of the readings so many are `untimely`:
    validate will refuse them, one by one, for what `foreseen` says already."""

    readings: int
    refusals: Sequence[Refusal] = ()
    untimely: int = 0
    foreseen: Sequence[Refusal] = ()


def handle(event: Event, *, shards: int, limits: Limits = DEFAULT) -> Iterable[Event]:
    """`payload.received` (a sequence of Payload) → `telemetry.received`, one a shard; `payload.refused`, one a refusal.

    partitionkey: the shard. Readings without a time of their own have that of their receipt.
    """
    return take(event, shards, limits)[1]


def take(event: Event, shards: int, limits: Limits = DEFAULT) -> tuple[list[Outcome], list[Event]]:
    """What `handle` gives, with what became of each message, for an edge that answers its sender."""
    columns = Columns(event.tenant, shards)
    outcomes = [_read(payload, columns, limits) for payload in event.data]
    given = [
        replace(event.child(TELEMETRY_RECEIVED, batch), partitionkey=str(shard)) for shard, batch in columns.batches()
    ]
    for payload, outcome in zip(event.data, outcomes, strict=True):
        if outcome.refusals:
            given += _refused(event, payload, outcome.refusals, shards)
    return outcomes, given


def _refused(event: Event, payload: Payload, refusals: Sequence[Refusal], shards: int) -> Iterator[Event]:
    shard = str(shard_of(event.tenant, payload.device, shards))
    for document in documents(payload, payload.device, refusals):
        yield replace(event.child(PAYLOAD_REFUSED, document, subject=document.device), partitionkey=shard)


def _read(payload: Payload, columns: Columns, limits: Limits) -> Outcome:
    """Adds the readings of a message to the columns."""
    try:
        if payload.device and not is_device(payload.device):
            raise Unreadable("bad_device", "device", f"{shown(payload.device)}: {DEVICE_RULE}")
        value = load(payload.body, payload.content_type, limits)
        if (readings := _plain(value, payload, columns, limits)) is not None:
            return Outcome(readings)
        return _closely(value, payload, columns, limits)
    except Unreadable as unreadable:
        return Outcome(0, [unreadable.refusal])


def _plain(value: Any, payload: Payload, columns: Columns, limits: Limits) -> int | None:
    """The common message, an object of numbers with a time, without a closer look. None: it is not one."""
    if type(value) is not dict or type(value.get("time")) is not int or len(value) > limits.metrics:
        return None
    values = value.copy()
    origin = Origin(payload.device, microseconds(values.pop("time"), "time"), payload.received, payload.delivery)
    if untimely(origin.time, payload.received, "time", limits) is not None:
        return None
    if "ts" in value or not payload.device or payload.content_type not in _PLAIN or not is_plain(values):
        return None
    return columns.add(origin, values)


def _closely(value: Any, payload: Payload, columns: Columns, limits: Limits) -> Outcome:
    if may_hide_integers(payload.body):
        value = exact(payload.body)
    value = opened(value)
    check_depth(value, limits)
    readings, misplaced, refusals, foreseen = 0, 0, list[Refusal](), list[Refusal]()
    for found in items(value, payload.device, payload.content_type):
        if isinstance(found, Refusal):
            refusals.append(found)
            continue
        try:
            field, time, values = split(found.object)
            at = found.time or payload.received if field is None else microseconds(time, field)
            good, bad = judge(values, limits)
        except Unreadable as unreadable:
            refusals.append(unreadable.refusal.within(found.prefix))
            continue
        refusals += [refusal.within(found.prefix) for refusal in bad]
        if good:
            origin = Origin(found.device, at, payload.received, payload.delivery)
            readings += columns.add_with_texts(origin, good)
            if (refusal := untimely(at, payload.received, field or "time", limits)) is not None:
                foreseen.append(refusal.within(found.prefix))
                misplaced += len(good)
    return Outcome(readings, told(refusals), misplaced, told(foreseen))

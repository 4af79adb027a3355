"""materialize: devices' states, alerts, anomalies, rejected and ledger as documents. Runs in the pod `store`.

A document holds the event's data as it is (times in µs) and replaces what has a lower version; nothing is changed in
place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import msgspec

from events.event import Event
from events.payloads import Alert, Anomaly, Blind, Counted, DeviceState, Rejected
from events.state import Layout, State
from functions.materialize.ring import LENGTH, ring
from stores import collections
from stores.ports import Versioned

LAYOUT = Layout(1)


class Whole(NamedTuple):
    """A document and where it goes."""

    collection: str
    id: str
    version: int
    body: Any


class Documents(Protocol):
    """Where the documents go; the host flushes it (stores/buffered.py)."""

    def upsert(self, shard: int, collection: str, document: Versioned) -> None: ...


def handle(event: Event, *, state: State, documents: Documents) -> Iterable[Event]:
    """Takes what lasts and what was refused; gives nothing."""
    for whole in _wholes(event, event.data, state):
        body = msgspec.to_builtins(whole.body)
        documents.upsert(event.shard, whole.collection, Versioned(event.tenant, whole.id, whole.version, body))
    return ()


def _wholes(event: Event, data: object, state: State) -> Iterator[Whole]:
    match data:
        case DeviceState():
            yield Whole(collections.DEVICE_STATES, data.id, data.version, data)
        case Alert():
            yield Whole(collections.ALERTS, data.id, data.version, data)
        case Anomaly():
            yield Whole(collections.ANOMALIES, data.id, data.version, data)
        case Counted():
            yield Whole(collections.LEDGER, f"{data.minute}/{data.stage}/{data.shard}", data.version, data)
        case Blind():
            yield Whole(collections.BLIND, f"{data.start}/{data.shard}", 1, data)
        case Rejected():
            counts = ring(state, event, data)
            total, name = counts["total"], counts["ring"]
            yield Whole(
                collections.REJECTED,
                f"{name}/{total % LENGTH:02}",
                total,
                {"n": total, "ring": name, **msgspec.to_builtins(data)},
            )
            yield Whole(collections.REJECTED_COUNTS, name, total, counts)
        case _:
            return

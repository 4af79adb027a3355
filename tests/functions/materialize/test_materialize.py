"""materialize: which document each event becomes, and the ring of refused readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from events import types
from events.event import Event, root_sequence, root_source
from events.payloads import Alert, Anomaly, Blind, Counted, DeviceState, Rejected
from events.state import State
from functions.materialize.handler import LAYOUT, handle
from stores import collections
from stores.ports import Versioned

NOON = 1_764_000_000_000_000


class Shelf:
    """Documents in a dict, the highest version of each."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str, str], Versioned] = {}

    def upsert(self, shard: int, collection: str, document: Versioned) -> None:
        key = (collection, document.tenant, document.id)
        if key not in self.held or self.held[key].version < document.version:
            self.held[key] = document

    def bodies(self, collection: str, tenant: str = "main") -> Mapping[str, Mapping[str, Any]]:
        return {id: held.body for (c, t, id), held in self.held.items() if (c, t) == (collection, tenant)}


def event(type: str, data: object, offset: int = 1, shard: int = 0, tenant: str = "main") -> Event:
    return Event(
        type, data, NOON, tenant=tenant, source=f"{root_source(shard)}/validate", sequence=root_sequence(offset)
    )


def run(*events: Event) -> Shelf:
    shelf, state = Shelf(), State(LAYOUT)
    for one in events:
        assert list(handle(one, state=state, documents=shelf)) == []
    return shelf


def rejected(reason: str = "out_of_range", device: str = "pump-1", value: float = 1.0) -> Rejected:
    return Rejected(
        device=device, reason=reason, detail="…", received=NOON, metric="flow", value=value, payload=b"\xff"
    )


ALERT = Alert(
    id="a", rule="hot", device="pump-1", metric="flow", severity="major", state="active", raised_at=NOON,
    updated_at=NOON, version=2, message="flow is 9, over 8",
)  # fmt: skip
ANOMALY = Anomaly(
    id="n", device="pump-1", metric="flow", detector="robust", state="open", start=NOON, end=None, peak=9.0,
    peak_time=NOON, score=7.0, expected=(1.0, 2.0), version=3,
)  # fmt: skip
DEVICE = DeviceState(
    id="pump-1", state="online", profile="pump", created=NOON, last_received=NOON, last_time=NOON, version=4
)
COUNTED = Counted(stage="record", shard=1, minute=NOON, in_=5, out=4, rejected={"out_of_range": 1})


@pytest.mark.parametrize(
    ("type", "data", "collection", "id", "version"),
    [
        (types.ALERT_RAISED, ALERT, collections.ALERTS, "a", 2),
        (types.ANOMALY_OPENED, ANOMALY, collections.ANOMALIES, "n", 3),
        (types.DEVICE_ONLINE, DEVICE, collections.DEVICE_STATES, "pump-1", 4),
        (types.LEDGER_COUNTED, COUNTED, collections.LEDGER, f"{NOON}/record/1", 1),
        (types.PLATFORM_BLIND, Blind(shard=1, start=NOON, end=NOON + 9), collections.BLIND, f"{NOON}/1", 1),
    ],
)
def test_what_lasts_becomes_a_document(type: str, data: object, collection: str, id: str, version: int) -> None:
    shelf = run(event(type, data))
    (document,) = (held for (c, _, _), held in shelf.held.items() if c == collection)
    assert (document.tenant, document.id, document.version) == ("main", id, version)


def test_a_document_holds_plain_values() -> None:
    shelf = run(
        event(types.ALERT_RAISED, ALERT), event(types.LEDGER_COUNTED, COUNTED), event(types.ANOMALY_OPENED, ANOMALY)
    )
    assert shelf.bodies(collections.ALERTS)["a"]["raised_at"] == NOON
    assert shelf.bodies(collections.ANOMALIES)["n"]["expected"] in ([1.0, 2.0], (1.0, 2.0))
    assert shelf.bodies(collections.LEDGER)[f"{NOON}/record/1"]["in"] == 5


def test_the_last_hundred_refused_readings_of_a_device_are_kept_and_all_are_counted() -> None:
    many: Iterable[Event] = (event(types.READING_REJECTED, rejected(value=i), i) for i in range(1, 251))
    shelf = run(*many, event(types.READING_REJECTED, rejected("time_in_future"), 300))
    kept = shelf.bodies(collections.REJECTED).values()
    assert sorted(body["n"] for body in kept) == list(range(152, 252))
    assert all(body["value"] == body["n"] for body in kept if body["reason"] == "out_of_range")
    counts = shelf.bodies(collections.REJECTED_COUNTS)["pump-1"]
    assert (counts["total"], counts["reasons"]) == (251, {"out_of_range": 250, "time_in_future": 1})


def test_ids_that_anyone_may_invent_share_one_ring_a_shard() -> None:
    names = [f"no such device {i}" for i in range(300)]
    shelf = run(
        *(event(types.READING_REJECTED, rejected("bad_device", name), i) for i, name in enumerate(names)),
    )
    assert list(shelf.bodies(collections.REJECTED_COUNTS)) == ["?0"]
    assert len(shelf.bodies(collections.REJECTED)) == 100
    assert shelf.bodies(collections.REJECTED)["?0/00"]["device"] == names[299]


def test_tenants_have_rings_of_their_own() -> None:
    shelf = run(*(event(types.READING_REJECTED, rejected(), tenant=tenant) for tenant in ("main", "other", "other")))
    totals = [shelf.bodies(collections.REJECTED_COUNTS, tenant)["pump-1"]["total"] for tenant in ("main", "other")]
    assert totals == [1, 2]

"""Alerts, anomalies, rejected readings, ledger and status, as documents that materialize wrote."""

from __future__ import annotations

from typing import Any

import pytest

from events.payloads import Acknowledged, Alert, Anomaly, Counted, DeviceState
from stores.collections import ALERTS, ANOMALIES, DEVICE_STATES, LEDGER, REJECTED, REJECTED_COUNTS
from tests.functions.web import MINUTE, NOON, Web, refusal


def alert(web: Web, id: str, raised: int, **fields: Any) -> None:
    data = Alert(**{
        "id": id, "rule": "hot", "device": "pump-1", "metric": "heat", "severity": "major", "state": "active",
        "raised_at": raised, "updated_at": raised, "version": 1, "message": "heat is 9", **fields,
    })  # fmt: skip
    web.write(ALERTS, id, data.version, data)


def anomaly(web: Web, id: str, start: int, end: int | None) -> None:
    state: Any = "open" if end is None else "closed"
    data = Anomaly(
        id=id, device="pump-1", metric="heat", detector="robust", state=state, start=start, end=end, peak=9.0,
        peak_time=start, score=7.5, expected=(1.0, 2.0), version=1,
    )  # fmt: skip
    web.write(ANOMALIES, id, 1, data)


def counted(web: Web, stage: str, minute: int, shard: int = 0, **rows: Any) -> None:
    data = Counted(stage=stage, shard=shard, minute=NOON + minute * MINUTE, **rows)
    web.write(LEDGER, f"{data.minute}/{stage}/{shard}", 1, data)


def test_alerts_are_listed_newest_first(web: Web) -> None:
    for i in range(5):
        alert(web, f"a{i}", NOON + i)
    assert [found["id"] for found in web.items("alerts", limit=2)] == ["a4", "a3", "a2", "a1", "a0"]


def test_alerts_are_chosen_by_their_fields_and_time(web: Web) -> None:
    alert(web, "a0", NOON)
    alert(web, "a1", NOON + MINUTE, state="cleared", severity="minor", device="pump-2")
    assert [found["id"] for found in web.items("alerts", state="active")] == ["a0"]
    assert [found["id"] for found in web.items("alerts", severity="minor", device="pump-2", rule="hot")] == ["a1"]
    assert [found["id"] for found in web.items("alerts", from_=(NOON + MINUTE) / 1000)] == ["a1"]
    assert [found["id"] for found in web.items("alerts", to="2025-11-24T12:01:00Z")] == ["a0"]
    assert refusal(web.client.get("alerts", params={"state": "odd"}), 400)[0][0] == "state"
    assert refusal(web.client.get("alerts", params={"cursor": "odd"}), 400)[0][0] == "cursor"
    assert refusal(web.client.get("alerts", params={"from": "yesterday"}), 400)[0][0] == "from"
    assert web.items("alerts", from_="1e307") == []
    assert len(web.items("alerts", from_="-1e307", to="1e307")) == len(web.items("alerts"))


def test_an_alert_is_shown_with_all_fields_and_times_as_text(web: Web) -> None:
    alert(web, "a", NOON, acknowledged=Acknowledged(by="Ada", at=NOON), version=3, snoozed_until=NOON + 1)
    answer = web.client.get("alerts/a")
    time = "2025-11-24T12:00:00.000000Z"
    assert answer.headers["etag"] == '"3"'
    assert answer.json() | {"message": "…"} == {
        "id": "a", "rule": "hot", "device": "pump-1", "metric": "heat", "severity": "major", "state": "active",
        "acknowledged": {"by": "Ada", "at": time}, "snoozed_until": "2025-11-24T12:00:00.000001Z", "raised_at": time,
        "updated_at": time, "cleared_at": None, "value": None, "threshold": None, "peak": None, "count": 1,
        "late": False, "version": 3, "message": "…", "reason": None, "command": None,
    }  # fmt: skip
    refusal(web.client.get("alerts/b"), 404)


def test_anomalies_that_reach_into_the_span_are_found(web: Web) -> None:
    anomaly(web, "long ago", NOON - 9 * MINUTE, NOON - 8 * MINUTE)
    anomaly(web, "until then", NOON - 5 * MINUTE, NOON + 1)
    anomaly(web, "open", NOON - 7 * MINUTE, None)
    anomaly(web, "within", NOON + MINUTE, NOON + 2 * MINUTE)
    anomaly(web, "later", NOON + 9 * MINUTE, None)
    found = web.items("anomalies", device="pump-1", metric="heat", from_=NOON // 1000, to=(NOON + 5 * MINUTE) // 1000)
    assert [one["id"] for one in found] == ["within", "open", "until then"]
    assert found[0]["expected"] == [1.0, 2.0]
    assert found[0]["end"] == "2025-11-24T12:02:00.000000Z"
    assert [one["id"] for one in web.items("anomalies", limit=2)] == [
        "later",
        "within",
        "until then",
        "open",
        "long ago",
    ]


def test_what_was_rejected_of_a_device_is_shown_with_counts(web: Web) -> None:
    for n in range(1, 4):
        body = {"n": n, "ring": "pump-1", "device": "pump-1", "reason": "out_of_range", "received": NOON + n}
        web.write(REJECTED, f"pump-1/{n:02}", n, body)
    web.write(
        REJECTED_COUNTS, "pump-1", 3, {"ring": "pump-1", "device": "pump-1", "total": 3, "reasons": {"out_of_range": 3}}
    )
    answer = web.get("devices/pump-1/rejected")
    assert [item["n"] for item in answer["items"]] == [3, 2, 1]
    assert answer["items"][0]["received"] == "2025-11-24T12:00:00.000003Z"
    assert (answer["next"], answer["counts"]) == (None, {"out_of_range": 3})
    assert web.get("devices/pump-2/rejected") == {"items": [], "next": None, "counts": {}}


def test_what_came_from_no_known_device_is_found_too(web: Web) -> None:
    body = {"n": 1, "ring": "?0", "device": "a b", "reason": "bad_device", "received": NOON}
    web.write(REJECTED, "?0/01", 1, body)
    assert [item["device"] for item in web.get("devices/%3F0/rejected")["items"]] == ["a b"]


def test_the_ledger_tells_what_is_in_flight(web: Web) -> None:
    counted(web, "validate", 0, in_=10, out=9, rejected={"out_of_range": 1})
    counted(web, "record", 0, in_=9, out=9)
    counted(web, "validate", 1, in_=10, out=10)
    counted(web, "record", 1, in_=7, out=7)
    counted(web, "record", 1, shard=1, in_=7, out=7)
    rows = {(row["minute"], row["stage"], row["shard"]): row for row in web.items("ledger", limit=2)}
    noon, later = "2025-11-24T12:00:00.000000Z", "2025-11-24T12:01:00.000000Z"
    flying = {key: row["in_flight"] for key, row in rows.items()}
    assert flying == {
        (noon, "validate", 0): None, (noon, "record", 0): 0, (later, "validate", 0): None, (later, "record", 0): 3,
        (later, "record", 1): None,
    }  # fmt: skip
    assert rows[noon, "validate", 0] == {
        "minute": noon, "stage": "validate", "shard": 0, "in": 10, "out": 9, "rejected": {"out_of_range": 1},
        "duplicates": 0, "revised": 0, "late": 0, "lost": 0, "in_flight": None,
    }  # fmt: skip
    assert [row["in"] for row in web.items("ledger", from_=(NOON + MINUTE) / 1000)] == [7, 7, 10]


def test_the_status_counts_devices_alerts_and_readings(web: Web) -> None:
    assert web.get("status") == {
        "version": "1.2.3", "tenant": "main", "shards": 2, "rate": None, "log_bytes": 4096, "clock": NOON / 1000,
        "devices": {"total": 0, "online": 0, "offline": 0, "never_seen": 0, "disabled": 0},
        "alerts": {"active": {"critical": 0, "major": 0, "minor": 0, "warning": 0}},
        "health": {"ok": True, "parts": {"series": "ok"}},
    }  # fmt: skip
    alert(web, "a", NOON)
    alert(web, "b", NOON, state="cleared")
    states: list[tuple[Any, bool]] = [("online", False), ("offline", False), ("online", True)]
    for i, (state, deleted) in enumerate(states):
        data = DeviceState(
            id=f"d{i}", state=state, profile=None, created=NOON, last_received=None, last_time=None, version=1,
            deleted=deleted,
        )  # fmt: skip
        web.write(DEVICE_STATES, f"d{i}", 1, data)
    counted(web, "validate", 0, in_=6000)
    counted(web, "validate", 1, in_=600)
    counted(web, "validate", 1, shard=1, in_=1200)
    status = web.get("status")
    assert (status["devices"]["total"], status["devices"]["online"], status["rate"]) == (2, 1, 30.0)
    assert status["alerts"]["active"]["major"] == 1


@pytest.mark.parametrize("limit", ["0", "5000", "many"])
def test_a_limit_that_cannot_be_is_refused(web: Web, limit: str) -> None:
    assert refusal(web.client.get("alerts", params={"limit": limit}), 400)[0][0] == "limit"

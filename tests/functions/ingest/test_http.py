"""Telemetry over HTTP: 202 after the log has it, and what is refused is named."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from events.event import Event
from events.gather import Cut
from events.handler import Retry
from events.local import LocalLog
from events.payloads import Payload, Refused
from events.readings import Readings, Row
from events.types import INBOX
from events.writer import Writer
from functions import problem
from functions.ingest.body import Limits
from functions.ingest.commit import Commit
from functions.ingest.http import router
from functions.ingest.intake import Intake
from functions.validate.admission import Admission

NOW = 1_795_485_650_000_000
AT = 1_795_485_640_123
TELEMETRY = "/api/v1/devices/pump-1/telemetry"


class Counting(Intake):
    """Counts flushes; broken when told so."""

    flushes, broken = 0, False

    def flush(self) -> None:
        self.flushes += 1
        if self.broken:
            raise OSError("disk full")
        super().flush()


class Web:
    """The routes over a log of one shard."""

    def __init__(self, folder: Path) -> None:
        self.log = LocalLog(folder, 1)
        self.intake = Counting(Writer(self.log, "http", lambda: NOW))
        self.commit = Commit(self.intake, Cut(every=0.02))
        app = FastAPI()
        app.include_router(router(self.commit, lambda: NOW))
        problem.install(app)
        self.client = TestClient(app)
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def post(self, path: str, body: Any, status: int, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.post(path, content=content, headers={"content-type": "application/json", **named})
        assert answer.status_code == status, answer.text
        kind = answer.headers["content-type"]
        assert kind == ("application/json" if status == 202 else "application/problem+json")
        return answer.json()

    def events(self) -> list[Event]:
        return [record.event for record in self.log.read(INBOX, 0, 0, 1000)]

    def rows(self) -> list[Row]:
        return [row for event in self.events() if isinstance(event.data, Readings) for row in event.data.rows()]

    def refused(self) -> list[Refused]:
        return [event.data for event in self.events() if isinstance(event.data, Refused)]

    def close(self) -> None:
        self.commit.stop()
        self.thread.join()
        self.client.close()
        self.log.close()

    def _run(self) -> None:
        try:
            self.commit.run()
        except BaseException as failure:
            self.failure = failure


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path)
    yield web
    web.close()


def test_readings_are_in_the_log_when_it_answers(web: Web) -> None:
    assert web.post(TELEMETRY, {"a": 1, "b": 2, "time": AT}, 202) == {"accepted": 2, "rejected": []}
    assert [row[:5] for row in web.rows()] == [
        ("pump-1", "a", AT * 1000, NOW, 1.0),
        ("pump-1", "b", AT * 1000, NOW, 2.0),
    ]


def test_what_is_bad_is_named_by_index_and_field_and_the_rest_is_taken(web: Web) -> None:
    answer = web.post(TELEMETRY, [{"a": 1}, 5, {"a": None, "b": 2}], 202)
    assert answer["accepted"] == 2
    assert [(each["index"], each["field"], each["reason"]) for each in answer["rejected"]] == [
        (1, "", "not_an_object"),
        (2, "a", "not_a_number"),
    ]
    assert len(web.events()) == 3


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"a": ', 400, "bad_json"),
        (b"\xff", 400, "bad_utf8"),
        ({}, 400, "empty"),
        ([], 400, "empty"),
        ({"a": "21.4"}, 400, "not_a_number"),
        ({"a": 1, "time": 1_795_485_640}, 400, "time_unreadable"),
        (b"x" * 300_000, 413, "too_large"),
        (b"x" * 5_000_000, 413, "too_large"),
        ({"a": "x" * 5000}, 400, "too_large"),
    ],
)
def test_nothing_accepted_is_a_problem_that_names_the_field(web: Web, body: Any, status: int, reason: str) -> None:
    answer = web.post(TELEMETRY, body, status)
    assert (answer["status"], answer["accepted"]) == (status, 0)
    assert [each["reason"] for each in answer["rejected"]] == [reason]
    assert answer["rejected"][0]["detail"] in answer["detail"]
    [event] = web.events()
    assert event.data.reason == reason


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("1970-01-01T00:00:00Z", "time_too_old"),
        ("2106-02-07T06:28:15Z", "time_in_future"),
        (AT + 7 * 86_400_000, "time_in_future"),
        (AT - 8 * 86_400_000, "time_too_old"),
    ],
)
def test_a_time_that_validate_will_refuse_is_told_at_once(web: Web, time: Any, reason: str) -> None:
    answer = web.client.post(TELEMETRY, json={"temperature": 21.4, "time": time})
    assert (answer.status_code, answer.json()["accepted"]) == (400, 0)
    assert [(each["field"], each["reason"]) for each in answer.json()["rejected"]] == [("time", reason)]
    mixed = web.client.post(TELEMETRY, json=[{"a": 1, "b": None, "ts": time}, {"a": 2, "time": AT}])
    assert (mixed.status_code, mixed.json()["accepted"]) == (202, 1)
    told = [(each["index"], each["field"], each["reason"]) for each in mixed.json()["rejected"]]
    assert told == [(0, "b", "not_a_number"), (0, "ts", reason)]


def test_what_is_foreseen_is_what_validate_says() -> None:
    assert (Limits().ahead, Limits().behind) == (Admission().ahead, Admission().behind)


def test_another_content_type_is_415(web: Web) -> None:
    assert web.post(TELEMETRY, {"a": 1}, 415, content_type="text/csv")["rejected"][0]["reason"] == "wrong_content_type"


@pytest.mark.parametrize("device", ["a%2Fb", "..%2F..", "a%20b", "%23", "%F0%9F%8C%A1", "a+b", "a%0Ab"])
def test_a_device_that_is_none_is_a_problem(web: Web, device: str) -> None:
    answer = web.post(f"/api/v1/devices/{device}/telemetry", {"a": 1}, 400)
    assert (answer["rejected"][0]["reason"], answer["rejected"][0]["field"]) == ("bad_device", "device")


def test_the_header_names_the_tenant(web: Web) -> None:
    web.post(TELEMETRY, {"a": 1}, 202, Tidings_Tenant="acme")
    assert [event.tenant for event in web.events()] == ["acme"]
    assert web.post(TELEMETRY, {"a": 1}, 400, Tidings_Tenant="a/b")["rejected"][0]["field"] == "Tidings-Tenant"


ENVELOPE = {"specversion": "1.0", "id": "1", "source": "/fleet", "type": "acme.reading", "subject": "pump-1"}


def test_a_structured_event(web: Web) -> None:
    event = {**ENVELOPE, "data": {"a": 1}, "time": "2026-11-24T02:00:00Z"}
    assert web.post("/events", event, 202, content_type="application/cloudevents+json")["accepted"] == 1
    assert [(row.device, row.time) for row in web.rows()] == [("pump-1", 1_795_485_600_000_000)]


def test_a_binary_event(web: Web) -> None:
    headers = {f"ce-{name}": value for name, value in ENVELOPE.items()}
    assert web.post("/events", {"a": 1, "b": "x"}, 202, **headers)["accepted"] == 2
    del headers["ce-id"]
    answer = web.post("/events", {"a": 1}, 400, **headers)
    assert (answer["rejected"][0]["reason"], answer["rejected"][0]["field"]) == ("not_an_object", "id")
    assert web.refused()[0].field == "id", "and it is recorded"


def test_in_a_binary_event_a_bad_number_costs_a_metric(web: Web) -> None:
    headers = {f"ce-{name}": value for name, value in ENVELOPE.items()}
    body = b'{"a": NaN, "b": 1e400, "c": 18446744073709551617, "d": 4}'
    answer = web.post("/events", body, 202, content_type="application/json", **headers)
    assert answer["accepted"] == 1
    assert [(each["field"], each["reason"]) for each in answer["rejected"]] == [
        ("a", "not_a_number"), ("b", "not_a_number"), ("c", "not_a_number"),
    ]  # fmt: skip
    assert [(row.metric, row.value) for row in web.rows()] == [("d", 4)]


def test_data_in_base64_are_read_as_a_message_is(web: Web) -> None:
    def told(body: bytes, status: int, kind: str = "application/json") -> Any:
        event = {**ENVELOPE, "datacontenttype": kind, "data_base64": base64.b64encode(body).decode()}
        return web.post("/events", event, status, content_type="application/cloudevents+json")

    assert told(b'{"a": Infinity, "b": 2}', 202)["rejected"][0]["field"] == "a"
    assert told(b"{", 400)["rejected"][0]["reason"] == "not_an_object"
    assert told(b'{"a":' * 500 + b"1" + b"}" * 500, 400)["rejected"][0]["reason"] == "too_deep"
    assert told(b'{"a": 1}', 400, "text/plain")["rejected"][0]["field"] == "data"


def test_one_bad_event_of_a_hundred(web: Web) -> None:
    batch: list[dict[str, Any]] = [{**ENVELOPE, "id": str(i), "data": {"a": i}} for i in range(100)]
    batch[41]["data"] = {"a": "forty-one", "b": None}
    del batch[42]["source"]
    answer = web.post("/events", batch, 202, content_type="application/cloudevents-batch+json")
    assert answer["accepted"] == 99
    assert [(each["index"], each["field"]) for each in answer["rejected"]] == [(41, "b"), (42, "source")]


def test_an_event_that_names_no_device(web: Web) -> None:
    assert web.post("/events", {"a": 1}, 400)["rejected"][0]["reason"] == "bad_device"


def test_many_requests_share_a_flush(web: Web) -> None:
    with ThreadPoolExecutor(16) as pool:
        futures = [web.commit.submit("main", Payload(f"d{i}", b'{"a": 1}', "", NOW)) for i in range(500)]
        answers = list(pool.map(lambda future: future.result(10), futures))
    assert [answer.readings for answer in answers] == [1] * 500
    assert web.intake.flushes < 50


def test_a_broken_log_is_told_to_all_who_wait_and_ends_the_commit(web: Web) -> None:
    web.intake.broken = True
    futures = [web.commit.submit("main", Payload("d", b'{"a": 1}', "", NOW)) for _ in range(3)]
    for future in futures:
        with pytest.raises(Retry, match="disk full"):
            future.result(10)
    web.thread.join(10)
    assert repr(web.failure) == "OSError('disk full')"
    assert web.post(TELEMETRY, {"a": 1}, 503)["detail"] == "the platform is ending"


def test_what_waits_is_answered_when_it_stops(tmp_path: Path) -> None:
    web = Web(tmp_path)
    future = web.commit.submit("main", Payload("d", b'{"a": 1}', "", NOW))
    web.close()
    assert future.result(0).readings == 1

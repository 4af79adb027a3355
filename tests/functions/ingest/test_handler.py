"""ingest reads every form of a message, and names what it cannot read."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from events.event import Event
from events.log import shard_of
from events.payloads import PAYLOAD_KEPT, Payload, Refused
from events.readings import REPEATED, Readings, Row
from events.types import PAYLOAD_RECEIVED, PAYLOAD_REFUSED, TELEMETRY_RECEIVED
from functions.ingest import names
from functions.ingest.body import Limits
from functions.ingest.handler import handle

NOW = 1_795_485_650_000_000
AT = 1_795_485_640_123


def ingest(*payloads: Payload, shards: int = 1, limits: Limits | None = None) -> list[Event]:
    return list(handle(Event(PAYLOAD_RECEIVED, payloads, NOW), shards=shards, limits=limits or Limits()))


def sent(body: Any, device: str = "pump-1", content_type: str = "", delivery: int = 0) -> Payload:
    return Payload(device, body if isinstance(body, bytes) else json.dumps(body).encode(), content_type, NOW, delivery)


def rows(events: list[Event]) -> list[Row]:
    return [row for event in events if event.type == TELEMETRY_RECEIVED for row in event.data.rows()]


def values(body: Any, **how: Any) -> dict[str, Any]:
    """metric → value or text of a message in which nothing is refused."""
    events = ingest(sent(body, **how))
    assert refused(events) == []
    return {row.metric: row.value if row.text is None else row.text for row in rows(events)}


def refused(events: list[Event]) -> list[tuple[str, str]]:
    """(reason, field) of everything refused."""
    return [(event.data.reason, event.data.field) for event in events if event.type == PAYLOAD_REFUSED]


def test_an_object_of_metrics_with_a_time() -> None:
    [event] = ingest(sent({"temperature": 21.4, "time": AT}))
    assert list(event.data.rows()) == [Row("pump-1", "temperature", AT * 1000, NOW, 21.4)]
    assert (event.type, event.subject, event.partitionkey, event.time) == (TELEMETRY_RECEIVED, "", "0", NOW)


def test_nested_objects_are_joined_by_dots() -> None:
    assert values({"motor": {"a": 1, "phase": {"b": 2.5}}, "lat": -3}) == {
        "motor.a": 1,
        "motor.phase.b": 2.5,
        "lat": -3,
    }


def test_ts_and_values() -> None:
    [event] = ingest(sent({"ts": AT, "values": {"a": 1, "ts": 2}}))
    assert [(row.metric, row.time, row.value) for row in event.data.rows()] == [
        ("a", AT * 1000, 1),
        ("ts", AT * 1000, 2),
    ]


def test_values_beside_other_metrics_are_a_nested_object() -> None:
    assert values({"values": {"a": 1}, "b": 2}) == {"values.a": 1, "b": 2}


def test_an_array_of_both_forms_keeps_its_order() -> None:
    events = ingest(sent([{"a": 1, "time": AT}, {"ts": AT + 1.5, "values": {"a": 2}}]))
    assert [(row.time, row.value) for row in rows(events)] == [(AT * 1000, 1), (AT * 1000 + 1500, 2)]


def test_true_and_false_are_numbers_and_text_is_kept() -> None:
    assert values({"on": True, "off": False, "state": "idle", "empty": ""}) == {
        "on": 1,
        "off": 0,
        "state": "idle",
        "empty": "",
    }


def test_a_reading_without_time_has_that_of_its_receipt() -> None:
    [row] = rows(ingest(sent({"a": 1})))
    assert (row.time, row.received) == (NOW, NOW)


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        (AT, AT * 1000),
        (AT + 0.25, AT * 1000 + 250),
        ("2026-11-24T12:00:00Z", 1_795_521_600_000_000),
        ("2026-11-24T13:00:00.5+01:00", 1_795_521_600_500_000),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24t12:00:00.25z", 1_795_521_600_250_000),
        ("2106-02-07T06:28:16Z", 4_294_967_296_000_000),
        (4_294_967_296_000, 4_294_967_296_000_000),
    ],
)
def test_times_that_can_be_read(time: Any, micros: int) -> None:
    [row] = rows(ingest(sent({"a": 1, "time": time})))
    assert row.time == micros


@pytest.mark.parametrize(
    "time",
    [1_795_485_640, 0, -5, 1.5, AT * 1000, True, None, [], {}, "", "1795485640123", "2026-11-24T12:00:00", "2026-11-24",
     "yesterday", "2026-13-01T00:00:00Z", "2026-11-24T12:00:60Z", "0001-01-01T00:00:00+14:00\x00",
     "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01"],
)  # fmt: skip
def test_times_that_cannot_be_read(time: Any) -> None:
    events = ingest(sent([{"a": 1, "time": time}, {"a": 2}]))
    assert refused(events) == [("time_unreadable", "[0].time")]
    assert [row.value for row in rows(events)] == [2]


def test_seconds_are_refused_with_the_cure() -> None:
    [event] = ingest(sent({"a": 1, "time": 1_795_485_640}))
    assert "multiply by 1000" in event.data.detail


def test_two_times_are_refused() -> None:
    assert refused(ingest(sent({"a": 1, "time": AT, "ts": AT}))) == [("time_unreadable", "ts")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"null", "not_a_number"),
        (b'"21.4"', "not_a_number"),
        (b'" -3e5 "', "not_a_number"),
        (b'"1,5"', "not_a_number"),
        (b'"NaN"', "not_a_number"),
        (b"NaN", "not_a_number"),
        (b"-Infinity", "not_a_number"),
        (b"1e400", "not_a_number"),
        (b"9007199254740993", "not_a_number"),
        (b"-9007199254740993", "not_a_number"),
        (b"18446744073709551616", "not_a_number"),
        (b"1" + b"0" * 5000, "not_a_number"),
        (b"[1]", "not_a_number"),
        (b"[]", "not_a_number"),
        (b"{}", "empty"),
        (b'"\\ud800"', "bad_json"),
        (b'"' + b"x" * 5000 + b'"', "too_large"),
    ],
)
def test_a_value_that_is_none_is_refused_alone(value: bytes, reason: str) -> None:
    events = ingest(sent(b'{"good": 1, "bad": ' + value + b', "fine": 2}'))
    assert [row.metric for row in rows(events)] == ["good", "fine"]
    assert refused(events) == [("bad_utf8" if reason == "bad_json" else reason, "bad")]


@pytest.mark.parametrize("value", [2**53, -(2**53), 1e300, 1.8446744073709552e19, 5e-324, 0])
def test_values_at_the_edge_pass(value: float) -> None:
    assert values({"a": value}) == {"a": value}


@pytest.mark.parametrize(
    "name",
    ["", "a b", 'a"b', "a'b", "a\nb", "a\tb", "a\x00b", "a\x7fb", "🌡", "a,b", "a=b", "a\\b", "temp#", "a/b", "a+b",
     "a..b", "é", "a" * 129, "a\n", "$a", "<b>"],
)  # fmt: skip
def test_a_name_that_is_not_safe_is_refused_alone(name: str) -> None:
    events = ingest(sent({"good": 1, name: 2}), sent({name: 3, "good": 4, "time": AT}))
    assert [row.value for row in rows(events)] == [1, 4]
    assert [reason for reason, _ in refused(events)] == ["bad_metric", "bad_metric"]
    assert all(field.isascii() and field.isprintable() for _, field in refused(events))


@pytest.mark.parametrize(
    "device", ["a/b", "a+b", "#", "..", "a..b", "a b", "", "🌡", "a" * 129, "a\n", ".a", "-a", "<b>"]
)
def test_a_device_id_that_is_not_safe_is_refused(device: str) -> None:
    [event] = ingest(sent({"a": 1}, device))
    assert (event.type, event.data.reason, event.data.device, event.subject) == (PAYLOAD_REFUSED, "bad_device", "", "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "bad_utf8"),
        (b'{"a": "\xc3"}', "bad_utf8"),
        (b'{"a": 1', "bad_json"),
        (b'{"a": 1} x', "bad_json"),
        (b"", "bad_json"),
        (b"21.4", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "empty"),
        (b"[]", "empty"),
        (b'{"time": 1795485640123}', "empty"),
        (b'{"ts": 1795485640123, "values": {}}', "empty"),
        (b"[" * 1000 + b"]" * 1000, "too_deep"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b" " * 262_145, "too_large"),
        (json.dumps({f"m{i}": i for i in range(1001)}).encode(), "too_many_metrics"),
        (json.dumps({f"m{i}": i for i in range(10_000)}).encode(), "too_many_metrics"),
    ],
)
def test_a_message_that_cannot_be_read_is_refused_and_its_neighbours_pass(body: bytes, reason: str) -> None:
    events = ingest(sent({"a": 1}), sent(body), sent({"a": 2}))
    assert [found for found, _ in refused(events)] == [reason]
    assert [row.value for row in rows(events)] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        {"a": "1" + " " * 250_000 + "x"},
        {f"m{i}": "1" + " " * 4_000 + "x" for i in range(60)},
        {"a" * 250_000: {str(i): 1 for i in range(1_000)}},
        {"a": 1, "time": "2026-11-24T12:00:00." + "1" * 250_000 + "x"},
    ],
)
def test_no_message_takes_long(body: dict[str, Any]) -> None:
    """A thousand times less than what each took when something in ingest grew with the square of its length."""
    began = time.thread_time()
    ingest(sent(body))
    assert time.thread_time() - began < 1


def test_a_name_that_is_too_long_is_not_remembered() -> None:
    ingest(sent({"a": 1}))
    before = names._is_metric.cache_info().currsize, names._is_device.cache_info().currsize
    ingest(sent({"b" * 1000: 1, "c" * 1000: "text"}), sent({"a": 1}, device="d" * 1000))
    assert (names._is_metric.cache_info().currsize, names._is_device.cache_info().currsize) == before


def test_as_deep_and_as_many_as_allowed_pass() -> None:
    assert list(values(b'{"a":' * 32 + b"1" + b"}" * 32).values()) == [1]
    assert len(values({f"m{i}": i for i in range(1000)})) == 1000


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "nonsense"]
)
def test_another_content_type_is_refused(kind: str) -> None:
    assert refused(ingest(sent({"a": 1}, content_type=kind))) == [("wrong_content_type", "content-type")]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.acme+json", "Application/JSON"])
def test_json_by_another_name_is_json(kind: str) -> None:
    assert values({"a": 1}, content_type=kind) == {"a": 1}


def test_one_bad_item_of_a_hundred_is_refused_alone() -> None:
    events = ingest(sent([{"a": i} if i != 41 else 7 for i in range(100)]))
    assert [row.value for row in rows(events)] == [i for i in range(100) if i != 41]
    assert refused(events) == [("not_an_object", "[41]")]


def test_of_equal_keys_the_last_counts() -> None:
    assert values(b'{"a": 1, "a": 2}') == {"a": 2}


def test_a_refusal_keeps_the_beginning_of_the_payload_once() -> None:
    body = json.dumps({"x y": 1, "y x": None, "pad": "p" * 4000, "end": 1}).encode() + b" " * 1000
    first, second = (event.data for event in ingest(sent(body)) if event.type == PAYLOAD_REFUSED)
    assert first.payload == body[:PAYLOAD_KEPT]
    assert second.payload == b""
    assert first.length == second.length == len(body)
    assert first.sha256 == second.sha256
    assert len(first.sha256) == 64


def test_a_small_message_cannot_fill_the_log() -> None:
    events = ingest(sent([{}] * 50_000))
    assert len(events) == 100
    assert events[-1].data.detail.endswith("(and 49900 more refusals in this message)")


def test_a_device_goes_to_its_shard() -> None:
    events = ingest(*(sent({"a": i}, f"pump-{i}") for i in range(20)), sent(b"?", "pump-7"), shards=4)
    for event in events:
        devices = {event.data.device} if isinstance(event.data, Refused) else {row.device for row in event.data.rows()}
        assert {str(shard_of("main", device, 4)) for device in devices} == {event.partitionkey}
    assert sum(len(event.data) for event in events if isinstance(event.data, Readings)) == 20


def test_how_a_message_was_delivered_is_kept() -> None:
    [fresh, repeated] = rows(ingest(sent({"a": 1}), sent({"a": "x"}, delivery=REPEATED)))
    assert (fresh.delivery, repeated.delivery) == (0, REPEATED)


def test_what_ingest_gives_can_be_written_and_read_again() -> None:
    [event] = ingest(sent({"a": 1, "state": "idle", "time": AT}), sent({"a": 2}))
    assert repr(list(Readings.decode(event.data.encode()).rows())) == repr(list(event.data.rows()))


def envelope(data: Any = None, **attributes: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "1", "source": "/fleet", "type": "com.acme.reading", "data": data, **attributes}


def test_a_cloudevent_holds_an_item() -> None:
    event = envelope({"a": 1}, subject="pump-1", time="2026-11-24T12:00:00Z")
    [row] = rows(ingest(sent(event, "", "application/cloudevents+json")))
    assert (row.device, row.metric, row.time) == ("pump-1", "a", 1_795_521_600_000_000)


def test_a_cloudevent_is_known_without_its_content_type() -> None:
    assert values(envelope([{"a": 1}, {"b": 2}])) == {"a": 1, "b": 2}


def test_data_in_base64_is_read_too() -> None:
    event = envelope(datacontenttype="application/json", data_base64=base64.b64encode(b'{"a": 1}').decode())
    del event["data"]
    assert values(event) == {"a": 1}


def test_a_batch_of_cloudevents_reads_each_for_itself() -> None:
    batch = [envelope({"a": i}, subject=f"d{i}") for i in range(100)]
    del batch[3]["id"]
    batch[5]["subject"] = "d/5"
    batch[7]["data"] = {"a": None, "b": 1}
    events = ingest(sent(batch, "", "application/cloudevents-batch+json"))
    assert refused(events) == [("not_an_object", "[3].id"), ("bad_device", "[5].subject"), ("not_a_number", "[7].a")]
    assert len(rows(events)) == 98


@pytest.mark.parametrize(
    ("event", "device", "refusal"),
    [
        (envelope({"a": 1}), "", ("bad_device", "subject")),
        (envelope({"a": 1}, subject="other"), "pump-1", ("bad_device", "subject")),
        (envelope({"a": 1}, time="9999-12-31T23:59:59-00:01"), "pump-1", ("not_an_object", "time")),
        (envelope({"a": 1}, specversion="0.3"), "pump-1", ("not_an_object", "specversion")),
        (envelope({"a": 1}, type="io.tidings.alert.raised"), "pump-1", ("not_an_object", "data")),
        (envelope({"clock": 1}, type="io.tidings.clock.ticked"), "pump-1", ("wrong_content_type", "type")),
        (envelope("text"), "pump-1", ("not_an_object", "data")),
        (envelope(), "pump-1", ("not_an_object", "data")),
        (envelope([envelope({"a": 1})]), "pump-1", ("not_an_object", "[0]")),
        ({"a": 1}, "", ("bad_device", "")),
        ({"a": 1, "time": AT}, "", ("bad_device", "")),
    ],
)
def test_a_cloudevent_that_cannot_be_taken(event: dict[str, Any], device: str, refusal: tuple[str, str]) -> None:
    events = ingest(sent(event, device))
    assert refused(events) == [refusal]
    assert rows(events) == []

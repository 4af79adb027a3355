"""Nonsense through the real edges gets a clear answer that names the field, and its good neighbours are all stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
import pytest

from benchmarks.demo_process import Demo, until
from functions.broker.files import Files
from tests.brokers import Device

NOW = time.time_ns() // 1_000_000
WEEK = 7 * 86_400_000


class Case(NamedTuple):
    """field: a part of it; device: that of the message."""

    reason: str
    field: str
    body: bytes
    device: str = "{}"
    content_type: str = ""


def _json(value: object) -> bytes:
    return orjson.dumps(value)


def _named(metric: str) -> Case:
    return Case("bad_metric", ascii(metric)[1:5], _json({metric: 1}))


def _at(reason: str, moment: object) -> Case:
    return Case(reason, "time", _json({"x": 1, "time": moment}))


CASES = {
    "bad UTF-8": Case("bad_utf8", "", b'{"x": "\xff"}'),
    "truncated": Case("bad_json", "", b'{"x": 21'),
    "5 MB": Case("too_large", "", b'{"x": "' + b"y" * 5_000_000 + b'"}'),
    "depth 1,000": Case("too_deep", "", b'{"x":' * 1_000 + b"1" + b"}" * 1_000),
    "NaN": Case("not_a_number", "x", b'{"x": NaN}'),
    "Infinity": Case("not_a_number", "x", b'{"x": -Infinity}'),
    "1e400": Case("not_a_number", "x", b'{"x": 1e400}'),
    "a string": Case("not_a_number", "x", _json({"x": "21.4"})),
    "null": Case("not_a_number", "x", _json({"x": None})),
    "no object": Case("not_an_object", "", b"21.4"),
    "empty object": Case("empty", "", b"{}"),
    "empty batch": Case("empty", "", b"[]"),
    "10,000 metrics": Case("too_many_metrics", "", _json({f"m{i}": i for i in range(10_000)})),
    "space": _named("a b"),
    "quotes": _named('a"b'),
    "line break": _named("a\nb"),
    "emoji": _named("\N{FIRE}"),
    "control": _named("a\x01b"),
    "line protocol": _named("a,host=b c=1i 17"),
    "seconds": _at("time_unreadable", NOW // 1000),
    "1970": _at("time_unreadable", 0),
    "1970 as text": _at("time_too_old", "1970-01-01T00:00:01Z"),
    "2106": _at("time_in_future", 2**32 * 1000),
    "next week": _at("time_in_future", NOW + WEEK),
    "no zone": _at("time_unreadable", "2026-11-24T12:00:00"),
    "content type": Case("wrong_content_type", "content-type", b'{"x": 1}', content_type="text/plain"),
    "two dots": Case("bad_device", "device", b'{"x": 1}', "{}..b"),
    "slash": Case("bad_device", "device", b'{"x": 1}', "{}/b"),
    "plus": Case("bad_device", "device", b'{"x": 1}', "{}+b"),
    "hash": Case("bad_device", "device", b'{"x": 1}', "{}#b"),
}
OVER_MQTT = {name: case for name, case in CASES.items() if name not in ("plus", "hash")}
"""No topic may have these two (MQTT 5.0, 4.7.1)."""


@pytest.fixture(scope="module")
def device(running: Demo) -> Iterator[Device]:
    """Speaks MQTT 5, which has a content type."""
    files = Files(running.folder / "broker").running()
    assert files is not None
    device = Device(files.port5)
    yield device
    device.close()


@pytest.mark.parametrize("name", CASES)
def test_over_http_the_answer_names_the_field(running: Demo, name: str) -> None:
    case = CASES[name]
    path = f"/api/v1/devices/{quote(case.device.format('http'), safe='')}/telemetry"
    answer = running.call(
        "POST", path, content=case.body, headers={"Content-Type": case.content_type or "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["accepted"] == 0
    assert said["rejected"][0]["reason"] == case.reason, said
    assert case.field in said["rejected"][0]["field"]
    assert said["detail"]


def test_over_mqtt_each_is_rejected_and_its_neighbours_are_stored(running: Demo, device: Device) -> None:
    for i, case in enumerate(OVER_MQTT.values()):
        how = {"content_type": case.content_type} if case.content_type else {}
        device.send(case.device.format(f"mqtt-{i}"), case.body, **how)
        device.send("neighbour", _json({"x": i, "time": NOW + i}))
    until(lambda: len(_stored(running, "neighbour")) >= len(OVER_MQTT), "the neighbours")
    assert _stored(running, "neighbour") == [*range(len(OVER_MQTT))]
    assert device.disconnected == 0
    for i, (name, case) in enumerate(OVER_MQTT.items()):
        kept = until(partial(_rejected, running, case, f"mqtt-{i}"), f"the refusal of {name}")[0]
        assert case.field in (kept["field"] or ""), (name, kept)
        assert kept["detail"]
        assert len(kept["payload"] or "") <= 4096 * 4 // 3 + 4


def _stored(running: Demo, device: str) -> list[float]:
    return [reading["value"] for reading in running.get("readings", device=device, limit=1000)["items"]]


def _rejected(running: Demo, case: Case, id: str) -> list[dict[str, Any]]:
    """What is told of the refusals of a device, or of those of nobody."""
    places = [f"?{shard}" for shard in range(2)] if case.reason == "bad_device" else [id]
    items = [item for place in places for item in running.get(f"devices/{quote(place)}/rejected")["items"]]
    return [item for item in items if item["reason"] == case.reason and (id in str(item) or item["device"] == "")]


def test_of_a_batch_with_one_bad_event_ninety_nine_are_stored(running: Demo) -> None:
    events = [
        {
            "specversion": "1.0", "id": str(i), "source": "/here", "type": "com.example.reading", "subject": "batch",
            "data": {"x": i if i != 57 else None, "time": NOW + i},
        }
        for i in range(100)
    ]  # fmt: skip
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    answer = running.call("POST", "/events", content=_json(events), headers=kind)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 99
    assert [(r["index"], r["field"], r["reason"]) for r in answer.json()["rejected"]] == [(57, "x", "not_a_number")]
    until(lambda: len(_stored(running, "batch")) >= 99, "the others")
    assert _stored(running, "batch") == [i for i in range(100) if i != 57]


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("rules/r", {"metric": "x", "when": {"kind": "threshold", "op": ">", "value": 1, "colour": "red"}}, "colour"),
        ("rules/r", {"metric": "x", "when": {"kind": "guess"}}, "when"),
        ("rules/r", {"when": {"kind": "missing", "for": "5fortnights"}}, "for"),
        ("devices/d", {"name": "d", "colour": "red"}, "colour"),
    ],
)
def test_a_definition_that_is_wrong_is_refused_with_its_path(
    running: Demo, path: str, body: dict[str, Any], where: str
) -> None:
    answer = running.call("PUT", f"/api/v1/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert where in answer.text

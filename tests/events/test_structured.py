"""The JSON event format 1.0.2: one event and batches, both directions."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import structured, types
from events.codec import Malformed
from events.event import Event
from events.readings import Readings, Row
from tests.events.cloud_events import EXAMPLE, events, plain

MINIMAL: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/x", "type": "com.example.made"}


def _read(**more: Any) -> Event:
    return structured.from_json(json.dumps({**MINIMAL, **more}).encode())


def test_an_event_is_one_json_object() -> None:
    written = orjson.loads(structured.to_json(EXAMPLE))
    assert written["data"] == {"clock": 5, "ticker": 0, "tickers": 1}
    assert {name: written[name] for name in MINIMAL} == {
        "specversion": "1.0",
        "id": "id-1",
        "source": "/inbox/0/validate",
        "type": types.CLOCK_TICKED,
    }
    assert "data_base64" not in written


def test_what_is_not_json_is_written_as_base64() -> None:
    event = Event(types.TELEMETRY_RECEIVED, Readings.of([Row("d", "m", 1, 2, 3.5)]), 2, id="1", source="/x")
    written = orjson.loads(structured.to_json(event))
    assert "data" not in written
    assert isinstance(written["data_base64"], str)
    assert list(structured.from_json(structured.to_json(event)).data.rows()) == [Row("d", "m", 1, 2, 3.5)]


@given(events())
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert plain(structured.from_json(structured.to_json(event))) == plain(event)


@given(st.lists(events(), max_size=4))
def test_a_batch_comes_back_as_it_was(batch: list[Event]) -> None:
    read = structured.from_json_batch(structured.to_json_batch(batch))
    assert [plain(event) for event in read if isinstance(event, Event)] == [plain(event) for event in batch]


def test_an_empty_batch_is_valid() -> None:
    assert structured.to_json_batch([]) == b"[]"
    assert structured.from_json_batch(b"[]") == []


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"null", b"true"])
def test_an_event_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="body: an event is a JSON object"):
        structured.from_json(body)


@pytest.mark.parametrize("body", [b"{}", b"7", b'"x"', b"null"])
def test_a_batch_that_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="body: a batch is a JSON array"):
        structured.from_json_batch(body)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": NaN}', b'{"a": 1e400}', b"\xff", b"[" * 9000, b'{"a": 1} {}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    for read in (structured.from_json, structured.from_json_batch):
        with pytest.raises(Malformed, match="body: not JSON"):
            read(body)


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
@pytest.mark.parametrize("value", [None, "", 5, True, ["x"], {}])
def test_a_required_attribute_is_a_string_that_is_there(name: str, value: Any) -> None:
    with pytest.raises(Malformed) as refused:
        _read(**{name: value})
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", 1_795_485_640_123),
        ("time", "soon"),
        ("subject", ""),
        ("subject", 5),
        ("datacontenttype", 5),
        ("foreign", 1.5),
        ("foreign", 2**31),
        ("foreign", [1]),
        ("foreign", {"a": 1}),
        ("foreign", ""),
        ("Foreign", "x"),
        ("foreign-name", "x"),
        ("specversion", "2.0"),
        ("data_base64", "no base64!"),
        ("data_base64", "YWI"),
        ("data_base64", 5),
        ("data_base64", "é"),
    ],
)
def test_a_value_out_of_the_specification_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(Malformed) as refused:
        _read(**{name: value})
    assert refused.value.field == name


def test_null_is_the_same_as_absent() -> None:
    assert _read(subject=None, time=None, foreign=None, data_base64=None) == _read()


@pytest.mark.parametrize("value", [True, 5, -(2**31), "x"])
def test_an_unknown_extension_of_any_type_passes_and_is_kept_out(value: Any) -> None:
    assert _read(foreign=value) == _read()


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (True, "true"), (False, "false"), (-7, "-7")])
def test_an_extension_is_read_in_its_canonical_form(value: Any, text: str) -> None:
    assert _read(sequence=value).sequence == text


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ({"data": {"a": 1}}, {"a": 1}),
        ({"data": "text"}, "text"),
        ({"data": "{}"}, "{}"),
        ({"data": [1, None]}, [1, None]),
        ({"data": None}, None),
        ({}, None),
        ({"data": "<a/>", "datacontenttype": "application/xml"}, b"<a/>"),
        ({"data": 7, "datacontenttype": "application/vnd.example+json; charset=utf-8"}, 7),
        ({"data_base64": "AP8="}, b"\x00\xff"),
        ({"data_base64": "eyJhIjoxfQ==", "datacontenttype": "application/json"}, {"a": 1}),
        ({"data_base64": "AP8=", "datacontenttype": "image/png"}, b"\x00\xff"),
        ({"data_base64": "e30="}, b"{}"),
    ],
)
def test_data_is_read_by_its_media_type(more: dict[str, Any], data: Any) -> None:
    assert _read(**more).data == data


def test_data_that_is_no_string_has_no_other_media_type_than_json() -> None:
    with pytest.raises(Malformed, match="data: must be a string"):
        _read(data={"a": 1}, datacontenttype="text/plain")


def test_data_stands_there_once() -> None:
    with pytest.raises(Malformed, match="data_base64: stands beside data"):
        _read(data=1, data_base64="AP8=")


def test_data_is_held_to_its_type() -> None:
    with pytest.raises(Malformed, match="data: "):
        _read(type=types.CLOCK_TICKED, data={"clock": "five"})


def test_of_equal_names_the_last_counts() -> None:
    body = b'{"specversion":"1.0","id":"1","source":"/x","type":"a","id":"2"}'
    assert structured.from_json(body).id == "2"


def test_one_bad_event_among_a_hundred_is_named_and_the_others_pass() -> None:
    batch = [orjson.loads(structured.to_json(replace(EXAMPLE, id=str(n)))) for n in range(100)]
    del batch[41]["source"]
    batch[42] = "no event"
    read = structured.from_json_batch(orjson.dumps(batch))
    bad = {i: (each.field, each.reason) for i, each in enumerate(read) if isinstance(each, Malformed)}
    assert list(bad) == [41, 42]
    assert (bad[41][0], bad[42]) == ("source", ("body", "an event is a JSON object"))
    assert [each.id for each in read if isinstance(each, Event)] == [str(n) for n in range(100) if n not in (41, 42)]


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda x: st.lists(x, max_size=3))
)
def test_nothing_but_malformed_comes_of_any_value(value: Any) -> None:
    for name in (*MINIMAL, "time", "data", "data_base64", "datacontenttype", "foreign"):
        with suppress(Malformed):
            structured.from_value({**MINIMAL, name: value})

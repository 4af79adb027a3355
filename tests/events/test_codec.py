"""CloudEvents 1.0.2, the attributes (spec.md) and the data; and what the SDK would have let pass."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from cloudevents.conversion import to_binary
from cloudevents.http import CloudEvent, from_http
from hypothesis import given

from events import codec, types
from events.codec import Malformed
from events.event import Event
from events.payloads import Blind, Counted, Rejected
from events.readings import MEDIA_TYPE, Readings, Row
from tests.events.cloud_events import EXAMPLE, events, plain

ATTRIBUTES, BODY = codec.write(EXAMPLE)


def test_the_binary_form_names_every_attribute() -> None:
    assert ATTRIBUTES == {
        "specversion": "1.0",
        "id": "id-1",
        "source": "/inbox/0/validate",
        "type": "io.tidings.clock.ticked",
        "time": "2026-11-24T02:00:40.123456Z",
        "subject": "pump 1",
        "tenant": "main",
        "sequence": "0000000000000042.000001",
        "prior": "0000000000000041.000003",
        "partitionkey": "pump 1",
        "datacontenttype": "application/json",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    assert BODY == b'{"clock":5,"ticker":0,"tickers":1}'


def test_what_is_not_set_is_not_written() -> None:
    attributes, body = codec.write(Event("a.type", None, 0, id="1", source="/x"))
    assert attributes == {"specversion": "1.0", "id": "1", "source": "/x", "type": "a.type", "tenant": "main"}
    assert body == b""


@given(events())
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert plain(codec.read(*codec.write(event))) == plain(event)


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_required_attribute_is_required(name: str, how: str) -> None:
    attributes = {**ATTRIBUTES, name: ""}
    if how == "missing":
        del attributes[name]
    with pytest.raises(Malformed, match=f"^{name}: missing") as refused:
        codec.read(attributes, BODY)
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("specversion", "1.0.2"),
        ("specversion", "1"),
        ("source", "/with space"),
        ("source", "/half%2"),
        ("source", "/é"),
        ("subject", ""),
        ("subject", "a\nb"),
        ("subject", "a\x7fb"),
        ("subject", "a\x85b"),
        ("subject", "\ufffe"),
        ("subject", "\ufdd0"),
        ("subject", "\U0001ffff"),
        ("subject", "\ud800"),
        ("id", "a\x00"),
        ("foreign", "\t"),
        ("time", "yesterday"),
        ("time", "2026-11-24"),
        ("time", "2026-11-24T12:00:00"),
        ("time", "2026-11-24 12:00:00Z"),
        ("time", "20261124T120000Z"),
        ("time", "2026-W48-2T12:00:00Z"),
        ("time", "2026-11-24T12:00Z"),
        ("time", "2026-11-24T12:00:00,5Z"),
        ("time", "2026-13-24T12:00:00Z"),
        ("time", "2026-11-24T25:00:00Z"),
        ("time", "2026-11-24T12:00:00+01"),
        ("time", "0000-11-24T12:00:00Z"),
        ("time", "٢026-11-24T12:00:00Z"),
        ("datacontenttype", "json"),
        ("datacontenttype", "application/"),
        ("datacontenttype", "application/json; charset"),
        ("dataschema", "/relative"),
        ("dataschema", ""),
        ("dataschema", "no uri"),
    ],
)
def test_a_value_out_of_the_specification_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Malformed, match=f"^{name}: ") as refused:
        codec.read({**ATTRIBUTES, name: value}, BODY)
    assert refused.value.field == name


@pytest.mark.parametrize("name", ["Foreign", "foreign-name", "foreign_name", "f\u00f6reign", "", "data"])
def test_a_name_out_of_the_specification_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="not a name of an attribute"):
        codec.read({**ATTRIBUTES, name: "x"}, BODY)


def test_an_unknown_extension_passes_and_is_kept_out() -> None:
    more = {"foreign": "x", "dataschema": "https://example.com/schema?v=1#x", "averylongnameofanextension": "y"}
    assert codec.read({**ATTRIBUTES, **more}, BODY) == EXAMPLE


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01T01:00:01+01:00", 1_000_000),
        ("1970-01-01t00:00:01z", 1_000_000),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.000001999Z", 1),
        ("1969-12-31T23:59:59Z", -1_000_000),
    ],
)
def test_times_are_rfc_3339(text: str, time: int) -> None:
    assert codec.read({**ATTRIBUTES, "time": text}, BODY).time == time


def test_telemetry_travels_in_columns() -> None:
    event = Event(types.TELEMETRY_RECEIVED, Readings.of([Row("d", "m", 1, 2, 3.5)]), 2, id="1", source="/x")
    attributes, body = codec.write(event)
    assert attributes["datacontenttype"] == MEDIA_TYPE
    assert list(Readings.decode(body).rows()) == [Row("d", "m", 1, 2, 3.5)]


def test_telemetry_in_json_is_left_to_ingest() -> None:
    given = {"id": "1", "source": "/x", "type": types.TELEMETRY_RECEIVED, "specversion": "1.0"}
    event = codec.read({**given, "datacontenttype": "application/json"}, b'{"temperature": 21.4}')
    assert event.data == {"temperature": 21.4}


def test_bytes_travel_as_base64() -> None:
    refused = Rejected(device="d", reason="bad_utf8", detail="", received=1, payload=b"\xff\x00")
    event = replace(EXAMPLE, type=types.READING_REJECTED, data=refused)
    attributes, body = codec.write(event)
    assert b'"payload":"/wA="' in body
    assert codec.read(attributes, body) == event


@pytest.mark.parametrize(
    ("content_type", "body", "data"),
    [
        ("application/json", b'{"a": [1, null]}', {"a": [1, None]}),
        ("application/json; charset=utf-8", b"7", 7),
        ("APPLICATION/JSON", b'"x"', "x"),
        ("application/vnd.example+json", b"[]", []),
        ("text/json", b"true", True),
        ("text/plain", b"hello", b"hello"),
        ('text/plain; a="b;c"', b"{", b"{"),
        (None, b"{}", b"{}"),
        (None, b"", None),
        ("application/json", None, None),
    ],
)
def test_other_data_is_read_by_its_media_type(content_type: str | None, body: bytes | None, data: Any) -> None:
    given = {"id": "1", "source": "/x", "type": "com.example.made", "specversion": "1.0"}
    assert codec.read(given if content_type is None else {**given, "datacontenttype": content_type}, body).data == data


@pytest.mark.parametrize(
    "body",
    [
        b'{"clock": NaN}',
        b'{"clock": Infinity}',
        b'{"clock": 1e400}',
        b'{"clock": "5"}',
        b'{"clock": 5.5}',
        b"[]",
        b"7",
        b'{"clock": 5',
        b'{"clock": 5} x',
        b"\xff",
        b"",
        b'{"clock":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"ticker": 1}',
    ],
)
def test_data_that_is_not_of_its_type_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match=r"^data: "):
        codec.read(ATTRIBUTES, body)


@pytest.mark.parametrize("body", [b'{"a": NaN}', b"[-Infinity]", b"1e999", b"{", b"[" * 5000 + b"]" * 5000])
def test_json_of_any_type_is_strict(body: bytes) -> None:
    given = {"id": "1", "source": "/x", "type": "com.example.made", "specversion": "1.0"}
    with pytest.raises(Malformed, match=r"^data: "):
        codec.read({**given, "datacontenttype": "application/json"}, body)


def test_data_of_another_media_type_than_its_types_is_refused() -> None:
    with pytest.raises(Malformed, match=r"^datacontenttype: .* does not come as text/plain"):
        codec.read({**ATTRIBUTES, "datacontenttype": "text/plain"}, BODY)


def test_a_stream_that_is_no_telemetry_is_refused() -> None:
    given = {"id": "1", "source": "/x", "type": types.TELEMETRY_RECEIVED, "specversion": "1.0"}
    with pytest.raises(Malformed, match=r"^data: not an Arrow stream"):
        codec.read({**given, "datacontenttype": MEDIA_TYPE}, b"PAR1")


@pytest.mark.parametrize(
    ("type", "data"),
    [
        (types.CLOCK_TICKED, Blind(shard=0, start=1, end=2)),
        (types.CLOCK_TICKED, {"clock": 5}),
        (types.CLOCK_TICKED, None),
        (types.TELEMETRY_RECEIVED, [{"temperature": 1}]),
        ("com.example.made", {"a": math.nan}),
        ("com.example.made", [None, [math.inf]]),
        ("com.example.made", -math.inf),
    ],
)
def test_data_without_a_form_is_not_written(type: str, data: Any) -> None:
    with pytest.raises(Malformed, match=r"^data: "):
        codec.write(replace(EXAMPLE, type=type, data=data))


def test_a_number_that_is_not_finite_is_not_written_as_null() -> None:
    rejected = Rejected(device="d", reason="not_a_number", detail="", received=1, value=math.nan)
    with pytest.raises(Malformed, match=r"^data: NaN and infinity"):
        codec.write(replace(EXAMPLE, type=types.READING_REJECTED, data=rejected))


def test_a_field_that_is_a_word_of_the_language_keeps_its_name() -> None:
    counted = replace(EXAMPLE, type=types.LEDGER_COUNTED, data=Counted(stage="score", shard=0, minute=0, in_=4))
    attributes, body = codec.write(counted)
    assert b'"in":4' in body
    assert codec.read(attributes, body) == counted


@pytest.mark.parametrize("change", [{"id": ""}, {"source": ""}, {"source": "a b"}, {"type": ""}, {"subject": "a\nb"}])
def test_an_event_that_could_not_be_read_is_not_written(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=f"^{next(iter(change))}: "):
        codec.write(replace(EXAMPLE, **change))


def test_an_error_is_one_line_however_long_the_value() -> None:
    with pytest.raises(Malformed) as refused:
        codec.read({**ATTRIBUTES, "time": "x" * 100_000}, BODY)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


class TestTheSdk:
    """Why the codec is written by hand: what the SDK makes of the same messages, and that both agree on good ones."""

    def test_it_reads_what_the_codec_writes(self) -> None:
        read = from_http({f"ce-{k}": v for k, v in ATTRIBUTES.items() if k != "datacontenttype"}, BODY)
        assert {k: read[k] for k in ATTRIBUTES if k != "datacontenttype"} == {
            k: v for k, v in ATTRIBUTES.items() if k != "datacontenttype"
        }
        assert read.data == {"clock": 5, "ticker": 0, "tickers": 1}

    def test_the_codec_reads_what_it_writes(self) -> None:
        written = CloudEvent({**ATTRIBUTES}, {"clock": 5, "ticker": 0, "tickers": 1})
        headers, body = to_binary(written)
        attributes = {re.sub("^ce-", "", name): value for name, value in headers.items() if name != "content-type"}
        assert codec.read({**attributes, "datacontenttype": headers["content-type"]}, body) == EXAMPLE

    def test_it_gives_an_event_without_an_id_another_one_each_time(self) -> None:
        made = [CloudEvent({"source": "/x", "type": "a"}, None)["id"] for _ in range(2)]
        assert made[0] != made[1]

    def test_it_passes_a_time_that_is_none(self) -> None:
        assert CloudEvent({"source": "/x", "type": "a", "time": "soon"}, None)["time"] == "soon"

    def test_it_writes_what_is_no_json(self) -> None:
        assert to_binary(CloudEvent({"source": "/x", "type": "a"}, {"value": math.nan}))[1] == b'{"value": NaN}'

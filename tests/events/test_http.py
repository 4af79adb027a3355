"""The HTTP protocol binding 1.0.2: each rule of its text that can be tested, both directions."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import http, structured, types
from events.codec import Malformed
from events.event import Event
from tests.events.cloud_events import EXAMPLE, events, plain

HEADERS = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/x", "ce-type": "com.example.made"}


def _one(headers: dict[str, str], body: bytes = b"") -> Event:
    (event,) = http.read({**HEADERS, **headers}, body)
    assert isinstance(event, Event)
    return event


def test_binary_maps_each_attribute_to_a_header() -> None:
    headers, body = http.write(replace(EXAMPLE, subject="pump"))
    assert headers["ce-id"] == "id-1"
    assert headers["ce-type"] == types.CLOCK_TICKED
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-time"] == "2026-11-24T02:00:40.123456Z"
    assert headers["ce-tenant"] == "main"
    assert headers["content-type"] == "application/json"
    assert "ce-datacontenttype" not in headers
    assert body == b'{"clock":5,"ticker":0,"tickers":1}'


@given(events())
def test_binary_comes_back_as_it_was(event: Event) -> None:
    (read,) = http.read(*http.write(event))
    assert isinstance(read, Event)
    assert plain(read) == plain(event)


@given(events())
def test_headers_are_printable_ascii_without_space_and_quote(event: Event) -> None:
    for name, value in http.write(event)[0].items():
        if name != "content-type":
            assert all("\x21" <= character <= "\x7e" and character != '"' for character in value)


def test_the_example_of_the_specification() -> None:
    encoded = "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert http.write(replace(EXAMPLE, subject="Euro € 😀"))[0]["ce-subject"] == encoded
    assert _one({"ce-subject": encoded}).subject == "Euro € 😀"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("%c3%a9", "é"),
        ("%41%42", "AB"),
        ("100%25", "100%"),
        ("%2525", "%25"),
        ('"with space"', "with space"),
        ('"a \\"quoted\\" b"', 'a "quoted" b'),
        ('"back\\\\slash"', "back\\slash"),
        ("plain space", "plain space"),
        ('"never closed \\" "', 'never closed " '),
        ('never "closed \\"', 'never "closed \\"'),
        (" x ", "x"),
        ("a,b;c=d", "a,b;c=d"),
    ],
)
def test_a_header_is_unquoted_and_then_decoded_once(header: str, value: str) -> None:
    assert _one({"ce-subject": header}).subject == value


def test_a_header_of_quotes_that_none_closes_takes_no_long() -> None:
    """Half a minute, once: each was tried as the beginning of a quoted value."""
    began = time.thread_time()
    assert _one({"ce-subject": '"' + '\\"' * 30_000}).subject.startswith('"')
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("header", ["%C0%A0", "%ff", "%E2%82", "%ED%A0%80", "100%", "%zz", "é", "%00", "%0A"])
def test_a_header_that_is_not_utf_8_or_not_encoded_is_refused(header: str) -> None:
    with pytest.raises(Malformed) as refused:
        _one({"ce-subject": header})
    assert refused.value.field == "subject"


def test_names_of_headers_have_no_case() -> None:
    shouted = {name.upper(): value for name, value in HEADERS.items()}
    (read,) = http.read({**shouted, "CONTENT-TYPE": "application/json"}, b"5")
    assert isinstance(read, Event)
    assert (read.id, read.data) == ("1", 5)


def test_content_type_alone_says_the_media_type() -> None:
    with pytest.raises(Malformed, match="datacontenttype: must not stand"):
        _one({"ce-datacontenttype": "application/json"})


def test_headers_that_are_no_attributes_are_left_alone() -> None:
    assert _one({"Accept": "*/*", "X-Trace": "é", "Cell": "7"}) == _one({})


@pytest.mark.parametrize("name", ["ce-id", "ce-source", "ce-type", "ce-specversion"])
def test_a_required_header_is_required(name: str) -> None:
    with pytest.raises(Malformed) as refused:
        http.read({key: value for key, value in HEADERS.items() if key != name}, b"")
    assert refused.value.field == name[3:]


@pytest.mark.parametrize("name", ["ce-foreign-name", "ce-", "ce-data"])
def test_a_header_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="not a name of an attribute"):
        _one({name: "x"})


@pytest.mark.parametrize(
    "content_type",
    ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=utf-8", "application/cloudevents+json;x=y"],
)
def test_structured_is_told_by_its_content_type(content_type: str) -> None:
    assert http.read({"Content-Type": content_type, "ce-id": "other"}, structured.to_json(EXAMPLE)) == [EXAMPLE]


def test_batched_is_told_by_its_content_type() -> None:
    two = [EXAMPLE, replace(EXAMPLE, id="2")]
    assert http.read(*http.write_batch(two)) == two
    assert http.read({"content-type": "application/cloudevents-batch+json; charset=utf-8"}, b"[]") == []


def test_a_batch_names_what_is_malformed_in_it() -> None:
    body = structured.to_json_batch([EXAMPLE]).replace(b"]", b',{"id":"2"}]')
    good, bad = http.read({"content-type": structured.BATCH_MEDIA_TYPE}, body)
    assert good == EXAMPLE
    assert isinstance(bad, Malformed)
    assert bad.field == "source"


@pytest.mark.parametrize("form", ["application/cloudevents+avro", "application/cloudevents-batch+xml"])
def test_a_form_that_is_not_read_is_named(form: str) -> None:
    with pytest.raises(Malformed, match="is not read here") as refused:
        http.read({**HEADERS, "content-type": form}, b"")
    assert refused.value.field == "content-type"


@pytest.mark.parametrize(
    ("accept", "asked"),
    [
        ("application/cloudevents-batch+json", True),
        ("text/html, Application/CloudEvents-Batch+json;q=0.5", True),
        ("application/cloudevents+json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_a_batch_is_only_for_who_asks_for_one(accept: str, asked: bool) -> None:
    assert http.accepts_batch({"Accept": accept}) == asked


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4), st.binary(max_size=20))
def test_nothing_but_malformed_comes_of_any_message(more: dict[str, str], body: bytes) -> None:
    with suppress(Malformed):
        http.read({**HEADERS, **more, **{f"ce-{name}": value for name, value in more.items()}}, body)

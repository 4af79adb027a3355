"""CloudEvents in JSON, one event or a batch: attributes and data in one body (JSON event format 1.0.2). Used by http.py
and bindings.py."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from events import codec
from events.codec import Attributes, Malformed
from events.event import Event

MEDIA_TYPE: Final = "application/cloudevents+json"
BATCH_MEDIA_TYPE: Final = "application/cloudevents-batch+json"
INTEGERS: Final = range(-(2**31), 2**31)


def to_json(event: Event) -> bytes:
    """One event as a JSON object; data that is not JSON as `data_base64`."""
    attributes, body = codec.write(event)
    content_type = attributes.get("datacontenttype")
    if content_type is None:
        return msgspec.json.encode(attributes)
    if codec.is_json(content_type):
        return msgspec.json.encode({**attributes, "data": msgspec.Raw(body)})
    return msgspec.json.encode({**attributes, "data_base64": body})


def wrapped(attributes: Attributes, body: bytes) -> bytes:
    """An event in binary form as a JSON object, its data as they came: for who reads more kindly than `from_json`."""
    if codec.is_json(attributes.get("datacontenttype", "")):
        with suppress(Malformed):
            codec.load(body)
            return msgspec.json.encode({**attributes, "data": msgspec.Raw(body)})
    return msgspec.json.encode({**attributes, "data_base64": body})


def from_json(body: bytes) -> Event:
    """One event from a JSON object. Malformed otherwise."""
    return from_value(codec.load(body))


def to_json_batch(events: Iterable[Event]) -> bytes:
    """Events as a JSON array; an empty one is valid."""
    return b"[" + b",".join(map(to_json, events)) + b"]"


def from_json_batch(body: bytes) -> list[Event | Malformed]:
    """The events of a JSON array, each read for itself: one that is malformed leaves its neighbours alone."""
    values = codec.load(body)
    if not isinstance(values, list):
        raise Malformed("body", "a batch is a JSON array of events")
    return [_or_malformed(value) for value in values]


def from_value(value: Any) -> Event:
    """One event from a JSON value that was read already."""
    if not isinstance(value, dict):
        raise Malformed("body", "an event is a JSON object")
    attributes = {
        name: _canonical(name, held)
        for name, held in value.items()
        if held is not None and name not in ("data", "data_base64")
    }
    codec.check(attributes)
    return codec.event_of(attributes, _data(attributes, value))


def _or_malformed(value: Any) -> Event | Malformed:
    try:
        return from_value(value)
    except Malformed as malformed:
        return malformed


def _canonical(name: str, value: Any) -> str:
    if isinstance(value, str):
        if not value:
            raise Malformed(name, "is empty: leave it out instead")
        return value
    if name in codec.CORE:
        raise Malformed(name, "must be a string")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value in INTEGERS:
        return str(value)
    raise Malformed(name, "must be a string, a boolean or an integer of 32 bits")


def _data(attributes: Attributes, value: Mapping[str, Any]) -> Any:
    kind, content_type = attributes["type"], attributes.get("datacontenttype")
    if value.get("data_base64") is not None:
        if "data" in value:
            raise Malformed("data_base64", "stands beside data: an event has one of them")
        return codec.decode(kind, content_type or codec.BYTES, _unbase64(value["data_base64"]))
    if value.get("data") is None:
        return codec.decode(kind, content_type, None)
    if content_type is None or codec.is_json(content_type):
        return codec.as_model(kind, value["data"])
    if not isinstance(value["data"], str):
        raise Malformed("data", f"must be a string where datacontenttype is {content_type}")
    return codec.decode(kind, content_type, value["data"].encode())


def _unbase64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Malformed("data_base64", "not base64") from None

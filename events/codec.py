"""CloudEvents 1.0.2: an Event as attributes and a body, and back. Used by the log and by the wires. By hand, for the
SDK that functions-framework pins is lenient: it invents ids and writes NaN (the tests show it)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from events.event import Event
from events.models import MODELS
from events.readings import MEDIA_TYPE, Readings
from events.times import from_rfc3339, rfc3339

JSON, BYTES = "application/json", "application/octet-stream"

Attributes = dict[str, str]
"""Name → canonical string. Without `data`; `datacontenttype` among them."""

REQUIRED = ("id", "source", "type", "specversion")
CORE = (*REQUIRED, "time", "subject", "datacontenttype", "dataschema")
"""The attributes of the specification itself; all are strings."""
_FIELDS = ("subject", "tenant", "sequence", "prior", "partitionkey", "traceparent")
_KEPT = {"id", "source", "type", *_FIELDS}
_OURS = frozenset({*CORE, *_FIELDS})

_PLAIN = frozenset({str, int, bool, bytes, type(None)})

_NAME = re.compile(r"[a-z0-9]+")
_REFUSED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(p << 16 | 0xFFFE) + chr(p << 16 | 0xFFFF) for p in range(17))
    + "]"
)
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:" + _URI_REFERENCE.pattern)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TOKEN = r"[A-Za-z0-9!#$&^_.+*'`|~\-]+"
_MEDIA_TYPE = re.compile(rf'({_TOKEN}/{_TOKEN})(?:\s*;\s*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*"))*\s*;?')
_FORMS = {"source": (_URI_REFERENCE, "a URI reference"), "dataschema": (_URI, "an absolute URI"),
          "datacontenttype": (_MEDIA_TYPE, "a media type"), "time": (_TIME, "an RFC 3339 time")}  # fmt: skip


class Malformed(ValueError):
    """What came in, or was to go out, is no CloudEvent. field: the attribute, `data`, or `body` for the message."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def write(event: Event) -> tuple[Attributes, bytes]:
    """An event in binary form. Malformed if it could not be read again."""
    content_type, body = encode(event.type, event.data)
    return attributes(event, content_type), body


def attributes(event: Event, content_type: str) -> Attributes:
    """Of an event whose data is written. Malformed if they could not be read again."""
    time = rfc3339(event.time) if event.time else ""
    ours = {name: getattr(event, name) for name in ("id", "source", "type", *_FIELDS)}
    every = {"specversion": "1.0", **ours, "time": time, "datacontenttype": content_type}
    check(named := {name: value for name, value in every.items() if value})
    return named


def read(attributes: Mapping[str, str], body: bytes | None) -> Event:
    """An event from its binary form. No time: 0. Malformed names the attribute that is missing or wrong."""
    check(attributes)
    data = decode(attributes["type"], attributes.get("datacontenttype"), body)
    return event_of(attributes, data)


def event_of(attributes: Mapping[str, str], data: Any) -> Event:
    """An event from attributes that were checked, and decoded data."""
    try:
        time = from_rfc3339(attributes["time"].upper()) if "time" in attributes else 0
    except (ValueError, OverflowError) as error:
        raise Malformed("time", f"not a time: {error}") from None
    named: dict[str, Any] = {name: attributes[name] for name in attributes if name in _KEPT}
    return Event(data=data, time=time, **named)


def check(attributes: Mapping[str, str]) -> None:
    """Holds names and values to the specification. Malformed otherwise."""
    for name in REQUIRED:
        if not attributes.get(name):
            raise Malformed(name, "missing: a CloudEvent has " + ", ".join(REQUIRED))
    if attributes["specversion"] != "1.0":
        raise Malformed("specversion", f"{attributes['specversion'][:20]!r} is not 1.0")
    for name, value in attributes.items():
        if name not in _OURS and (not _NAME.fullmatch(name) or name == "data"):
            raise Malformed(
                name[:100], "not a name of an attribute: lower-case letters and digits only, and not `data`"
            )
        if not (value.isascii() and value.isprintable()) and (found := _REFUSED.search(value)):
            raise Malformed(name, f"has the character U+{ord(found[0]):04X}, which no attribute may have")
        if not value:
            raise Malformed(name, "is empty: leave it out instead")
    for name, (form, what) in _FORMS.items():
        if name in attributes and not form.fullmatch(attributes[name]):
            raise Malformed(name, f"{attributes[name][:100]!r} is not {what}")


def is_json(content_type: str) -> bool:
    """Whether a media type declares JSON: subtype `json`, or ending with `+json`."""
    subtype = content_type.partition(";")[0].strip().lower().partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def encode(type: str, data: Any) -> tuple[str, bytes]:
    """The media type and the bytes of an event's data ("" and none for None)."""
    model = MODELS.get(type)
    if model is not None and not isinstance(data, model):
        raise Malformed("data", f"an event of type {type} holds {model.__name__}, not {data.__class__.__name__}")
    if isinstance(data, Readings):
        return MEDIA_TYPE, data.encode()
    if isinstance(data, bytes):
        return BYTES, data
    return (JSON, _to_json(data)) if data is not None else ("", b"")


def decode(type: str, content_type: str | None, body: bytes | None) -> Any:
    """Data from bytes: by the model of the type where there is one; a JSON value for other JSON; else the bytes.

    Telemetry may come as JSON from outside; it is then left a JSON value, for ingest to read.
    """
    model = MODELS.get(type)
    if not body:
        return _absent(type, model)
    if content_type is None:
        content_type = BYTES if model is None else MEDIA_TYPE if model is Readings else JSON
    if model is Readings and content_type == MEDIA_TYPE:
        return _readings(body)
    if model is not None and not is_json(content_type):
        raise Malformed("datacontenttype", f"an event of type {type} does not come as {content_type}")
    return _from_json(body, model if model is not Readings else None) if is_json(content_type) else body


def as_model(type: str, value: Any) -> Any:
    """Data from a JSON value that was read already (structured form)."""
    model = MODELS.get(type)
    if model is None or model is Readings:
        return value
    try:
        return msgspec.convert(value, model)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("data", str(error)) from None


def load(body: bytes) -> Any:
    """A JSON value, strictly: no NaN, no infinity, nothing beyond a double, UTF-8. Of equal keys the last counts."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("body", f"not JSON: {error}") from None


def _absent(type: str, model: type | None) -> None:
    if model is not None:
        raise Malformed("data", f"missing: an event of type {type} has {model.__name__}")


def _readings(body: bytes) -> Readings:
    try:
        return Readings.decode(body)
    except ValueError as error:
        raise Malformed("data", str(error)) from None


def _from_json(body: bytes, model: type | None) -> Any:
    try:
        return orjson.loads(body) if model is None else msgspec.json.decode(body, type=model)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("data", str(error) or "not JSON") from None


def _to_json(data: Any) -> bytes:
    body = msgspec.json.encode(data)
    # msgspec writes what is not finite as null; where there is no null there was none.
    if b"null" in body and not _is_finite(data):
        raise Malformed("data", "NaN and infinity have no form in JSON")
    return body


def _is_finite(value: Any) -> bool:
    """Whether every float in it is."""
    if type(value) in _PLAIN:
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.astuple(value)
    elif not isinstance(value, dict | list | tuple):
        return _is_finite(msgspec.to_builtins(value))
    return all(map(_is_finite, value.values() if isinstance(value, dict) else value))

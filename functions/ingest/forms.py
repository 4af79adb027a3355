"""The forms in which a message may hold items: an object, an array of them, a CloudEvent or a batch of these. Used by
ingest."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from events import codec, structured
from events.codec import Malformed
from events.event import Event
from events.types import PAYLOAD_RECEIVED, PREFIX, TELEMETRY_RECEIVED
from functions.ingest.body import exact
from functions.ingest.names import DEVICE_RULE, is_device, shown
from functions.ingest.refusal import Refusal, Unreadable


class Item(NamedTuple):
    """One JSON object of a device. prefix: where it stands in the message; time: of its envelope (µs), 0 if none."""

    prefix: str
    device: str
    time: int
    object: dict[str, Any]


Found = Iterator[Item | Refusal]


def opened(value: Any) -> Any:
    """The message, in which data that are JSON in base64 are read as a message is: a number that no double can hold
    costs a metric and not the event."""
    return [_opened(each) for each in value] if isinstance(value, list) else _opened(value)


def items(value: Any, device: str, content_type: str) -> Found:
    """The items of a message, and a refusal for each part that is none. device: "" where a CloudEvent names it."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == structured.BATCH_MEDIA_TYPE and not isinstance(value, list):
        yield Refusal("not_an_object", "", "a batch is an array of CloudEvents")
    elif isinstance(value, list):
        yield from _each(value, "", device, 0, kind)
    else:
        yield from _one(value, "", device, 0, kind)


def _opened(value: Any) -> Any:
    if not isinstance(value, dict) or "data" in value or not isinstance(value.get("data_base64"), str):
        return value
    if not codec.is_json(str(value.get("datacontenttype"))):
        return value
    rest = {name: held for name, held in value.items() if name != "data_base64"}
    with suppress(ValueError, Unreadable):
        return {**rest, "data": exact(base64.b64decode(value["data_base64"], validate=True))}
    return value


def _each(values: list[Any], prefix: str, device: str, time: int, kind: str) -> Found:
    if not values:
        yield Refusal("empty", prefix, "an empty array")
    for i, value in enumerate(values):
        yield from _one(value, f"{prefix}[{i}]", device, time, kind)


def _one(value: Any, prefix: str, device: str, time: int, kind: str) -> Found:
    if not isinstance(value, dict):
        yield Refusal("not_an_object", prefix, f'{shown(value)} is not an object such as {{"temperature": 21.4}}')
    elif "specversion" in value or kind in (structured.MEDIA_TYPE, structured.BATCH_MEDIA_TYPE):
        yield from _event(value, prefix, device)
    elif not device:
        yield Refusal("bad_device", prefix, "nothing names the device: send a CloudEvent with its id as subject")
    else:
        yield Item(prefix, device, time, value)


def _event(value: dict[str, Any], prefix: str, device: str) -> Found:
    try:
        event = structured.from_value(value)
        named = _device(event, device)
    except Malformed as malformed:
        field = malformed.field if malformed.field.isprintable() else shown(malformed.field)
        yield Refusal("not_an_object", field, f"no CloudEvent: {malformed.reason}").within(prefix)
        return
    except Unreadable as unreadable:
        yield unreadable.refusal.within(prefix)
        return
    data = event.data
    if isinstance(data, dict):
        yield Item(prefix, named, event.time, data)
    elif isinstance(data, list):
        yield from _each([_bare(each) for each in data], prefix, named, event.time, "")
    else:
        yield Refusal("not_an_object", "data", "data is neither an object nor an array of objects").within(prefix)


def _bare(value: Any) -> Any:
    """An event within an event is no item."""
    return "a CloudEvent" if isinstance(value, dict) and "specversion" in value else value


def _device(event: Event, device: str) -> str:
    if event.type.startswith(PREFIX) and event.type not in (TELEMETRY_RECEIVED, PAYLOAD_RECEIVED):
        raise Unreadable("wrong_content_type", "type", f"{event.type} is not telemetry")
    if device and event.subject not in ("", device):
        raise Unreadable("bad_device", "subject", f"{shown(event.subject)}, but it was sent for {device}")
    if not is_device(event.subject or device):
        raise Unreadable("bad_device", "subject", f"{shown(event.subject)}: {DEVICE_RULE}")
    return event.subject or device

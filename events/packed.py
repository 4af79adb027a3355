"""Telemetry as the local log keeps it: names, then the bytes of the columns one after another. Used by local.py alone;
whatever leaves the machine is an Arrow stream.

To make an Arrow stream of a small batch costs more than all else that the log does with it, and to read one more than
the functions behind. A file made by an earlier version holds Arrow streams: their media type tells.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from events import codec
from events.event import Event
from events.models import MODELS
from events.readings import Readings

MEDIA_TYPE = "application/vnd.tidings.columns"

_HEAD = struct.Struct("<II")
_COLUMNS = {
    "device": "<i4", "metric": "<i4", "time": "<i8", "received": "<i8", "value": "<f8", "late": "?", "revised": "?",
    "delivery": "u1",
}  # fmt: skip
_NAMES = msgspec.msgpack.Decoder(tuple[tuple[str, ...], tuple[str, ...], tuple[str | None, ...] | None])


def write(event: Event) -> tuple[codec.Attributes, bytes]:
    """An event for the file. Malformed if it has no form on the wire."""
    if isinstance(event.data, Readings) and MODELS.get(event.type) is Readings:
        return codec.attributes(event, MEDIA_TYPE), pack(event.data)
    return codec.write(event)


def read(attributes: dict[str, str], body: bytes) -> Event:
    """An event from the file. ValueError: it is damaged."""
    if attributes.get("datacontenttype") != MEDIA_TYPE:
        return codec.read(attributes, body)
    return codec.event_of(attributes, unpack(body))


def pack(readings: Readings) -> bytes:
    """The bytes of a batch."""
    names = msgspec.msgpack.encode((readings.devices, readings.metrics, readings.text))
    columns = [np.asarray(getattr(readings, name), kind).tobytes() for name, kind in _COLUMNS.items()]
    return b"".join((_HEAD.pack(len(names), len(readings)), names, *columns))


def unpack(body: bytes) -> Readings:
    """The batch. ValueError if these are not all its bytes."""
    try:
        size, rows = _HEAD.unpack_from(body)
        devices, metrics, text = _NAMES.decode(body[_HEAD.size : _HEAD.size + size])
    except (struct.error, msgspec.MsgspecError) as error:
        raise ValueError(f"not a batch of columns: {error}") from error
    columns: dict[str, NDArray[Any]] = {}
    at = _HEAD.size + size
    for name, kind in _COLUMNS.items():
        columns[name] = np.frombuffer(body, kind, rows, at)
        at += columns[name].nbytes
    if at != len(body):
        raise ValueError(f"a batch of {rows} rows has {at} bytes, not {len(body)}")
    return Readings(devices, metrics, text=text, **columns)

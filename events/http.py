"""CloudEvents over HTTP: requests and responses as headers and a body (HTTP binding 1.0.2: binary, structured and
batched). Used by `POST /events` and by functions/main.py. Pure functions; whoever serves or calls brings the sockets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes

from events import codec, structured
from events.codec import Attributes, Malformed
from events.event import Event

Headers = dict[str, str]

_PRINTABLE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|(.*))', re.DOTALL)
"""Group 2: the rest after a quote that is never closed. Matched too, or each escaped quote in it would be tried as a
beginning, and a long header take a time that grows with its square."""
_ENCODED = re.compile(r"(?:[\x20-\x24\x26-\x7e\t]|%[0-9A-Fa-f]{2})*")


def read(headers: Mapping[str, str], body: bytes) -> list[Event | Malformed]:
    """The events of a message: one, or those of a batch, of which each is read for itself.

    Malformed if the message as a whole is no CloudEvent; field `content-type` if it has a form that is not read here.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    content_type = lowered.get("content-type", "")
    form = content_type.partition(";")[0].strip().lower()
    if form == structured.BATCH_MEDIA_TYPE:
        return structured.from_json_batch(body)
    if form == structured.MEDIA_TYPE:
        return [structured.from_json(body)]
    if form.startswith("application/cloudevents"):
        raise Malformed("content-type", f"{form} is not read here: send JSON, as {structured.MEDIA_TYPE}")
    return [codec.read(attributes(lowered), body)]


def attributes(headers: Mapping[str, str]) -> Attributes:
    """Of an event in binary form, unchecked but for the way they are written. Malformed for that."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if "ce-datacontenttype" in lowered:
        raise Malformed("datacontenttype", "must not stand in ce-datacontenttype: Content-Type says it")
    found = {name[3:]: _decoded(name[3:], value) for name, value in lowered.items() if name.startswith("ce-")}
    if content_type := lowered.get("content-type", "").strip():
        found["datacontenttype"] = content_type
    return found


def write(event: Event) -> tuple[Headers, bytes]:
    """One event in binary form."""
    named, body = codec.write(event)
    content_type = named.pop("datacontenttype", None)
    headers = {f"ce-{name}": quote(value, safe=_PRINTABLE) for name, value in named.items()}
    return headers if content_type is None else {**headers, "content-type": content_type}, body


def write_batch(events: Iterable[Event]) -> tuple[Headers, bytes]:
    """Events as a batch; only for a receiver that has asked for one (`accepts_batch`)."""
    return {"content-type": structured.BATCH_MEDIA_TYPE}, structured.to_json_batch(events)


def accepts_batch(headers: Mapping[str, str]) -> bool:
    """Whether the other side has asked for batches, by its header `accept`."""
    accept = next((value for name, value in headers.items() if name.lower() == "accept"), "")
    return structured.BATCH_MEDIA_TYPE in (each.partition(";")[0].strip().lower() for each in accept.split(","))


def _unquoted(quoted: re.Match[str]) -> str:
    return quoted[0] if quoted[2] is not None else re.sub(r"\\(.)", r"\1", quoted[1])


def _decoded(name: str, value: str) -> str:
    """A header's value as it was before it was quoted (older senders) and percent-encoded."""
    plain = _QUOTED.sub(_unquoted, value.strip())
    if not _ENCODED.fullmatch(plain):
        raise Malformed(name, "a header's value is printable ASCII, with % only before two hexadecimal digits")
    try:
        return unquote_to_bytes(plain).decode()
    except UnicodeDecodeError:
        raise Malformed(name, "percent-encodes bytes that are not UTF-8") from None

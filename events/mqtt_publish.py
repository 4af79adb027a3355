"""Reads a PUBLISH packet of MQTT 5 (section 3.3). Used by mqtt_session.py.

paho's reader takes several times as long, and gives up the connection for a property that is not well-formed: again and
again, since what was not acknowledged is delivered again. One device could stop the bridge for ever.
"""

from __future__ import annotations

from typing import NamedTuple

CONTENT_TYPE, CORRELATION, SUBSCRIPTION, USER = 0x03, 0x09, 0x0B, 0x26
_FIXED = {0x01: 1, 0x02: 4, 0x23: 2}
"""Property → its size: payload format, message expiry, topic alias."""
_TEXT = {CONTENT_TYPE, 0x08}

Attributes = tuple[tuple[str, str], ...]


class Published(NamedTuple):
    """What is not UTF-8 has U+FFFD in it. attributes: the user properties; where they are not well-formed, those
    before the fault."""

    topic: str
    qos: int
    mid: int
    duplicate: bool
    retained: bool
    content_type: str
    attributes: Attributes
    body: bytes


def decode(flags: int, packet: bytes | bytearray) -> Published:
    """flags: the first byte of the packet; packet: what follows its length. IndexError if it is cut off."""
    end = 2 + (packet[0] << 8 | packet[1])
    topic, qos, mid = packet[2:end].decode("utf-8", "replace"), flags >> 1 & 3, 0
    if qos:
        mid, end = packet[end] << 8 | packet[end + 1], end + 2
    size, start = _varint(packet, end)
    content_type, attributes = _properties(bytes(packet[start : start + size])) if size else ("", ())
    body = bytes(packet[start + size :])
    return Published(topic, qos, mid, bool(flags & 8), bool(flags & 1), content_type, attributes, body)


def _properties(block: bytes) -> tuple[str, Attributes]:
    content_type, attributes, at = "", list[tuple[str, str]](), 0
    try:
        while at < len(block):
            kind, at = block[at], at + 1
            if kind == USER:
                name, at = _text(block, at)
                value, at = _text(block, at)
                attributes.append((name, value))
            elif kind in _TEXT or kind == CORRELATION:
                text, at = _text(block, at)
                content_type = text if kind == CONTENT_TYPE else content_type
            elif kind == SUBSCRIPTION:
                _, at = _varint(block, at)
            else:
                at += _FIXED[kind]
    except (IndexError, KeyError):
        pass  # the message itself is whole: only what its sender says of it is not
    return content_type, tuple(attributes)


def _text(block: bytes, at: int) -> tuple[str, int]:
    end = at + 2 + (block[at] << 8 | block[at + 1])
    if end > len(block):
        raise IndexError
    return block[at + 2 : end].decode("utf-8", "replace"), end


def _varint(packet: bytes | bytearray, at: int) -> tuple[int, int]:
    """A variable byte integer (section 1.5.5), and where it ends."""
    value = shift = 0
    while True:
        byte = packet[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

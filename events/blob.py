"""Large bytes put together while other threads go on: a state of 100,000 series is 50 MB, and whoever copies that in
one piece keeps the interpreter to itself for 30 ms, in which no alert is told. Used by state.py and stores/states.py.

What is put together is msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md), as msgspec would write it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

Part = bytes | memoryview
FIXED_MAP, FEW = 0x80, 15


def joined(parts: Iterable[Part]) -> memoryview:
    """All parts in a row, read-only. numpy lets go of the interpreter while it copies."""
    held = [np.frombuffer(part, np.uint8) for part in parts if len(part)]
    whole, at = np.empty(sum(map(len, held)), np.uint8), 0
    for part in held:
        whole[at : at + len(part)] = part
        at += len(part)
    whole.flags.writeable = False
    return whole.data


def pack(value: Any) -> Iterator[Part]:
    """The parts of a value: maps by str, bytes that are taken as they are, and whatever msgspec knows."""
    if isinstance(value, Mapping):
        yield _map(len(value))
        for name, held in value.items():
            yield msgspec.msgpack.encode(name)
            yield from pack(held)
    elif isinstance(value, np.ndarray):
        yield _bin(value.nbytes)
        yield value.reshape(-1).view(np.uint8).data
    elif isinstance(value, bytes | memoryview):
        yield _bin(len(value))
        yield value
    else:
        yield msgspec.msgpack.encode(value)


def _map(size: int) -> bytes:
    if size <= FEW:
        return bytes([FIXED_MAP | size])
    return struct.pack(">BH", 0xDE, size) if size < 1 << 16 else struct.pack(">BI", 0xDF, size)


def _bin(size: int) -> bytes:
    if size < 1 << 8:
        return struct.pack(">BB", 0xC4, size)
    return struct.pack(">BH", 0xC5, size) if size < 1 << 16 else struct.pack(">BI", 0xC6, size)

"""The bytes of a message into a JSON value. Used by ingest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

from events.codec import is_json
from functions.ingest.names import shown
from functions.ingest.refusal import Unreadable


@dataclass(frozen=True)
class Limits:
    """What a message may have.

    size: bytes; larger ones are refused unread (default 256 KiB, which is 10,000 readings). metrics: in one object.
    depth: of objects and arrays in each other. ahead, behind: µs that a reading's time may be off its receipt; validate
    judges by the same.
    """

    size: int = 256 * 1024
    metrics: int = 1_000
    depth: int = 32
    ahead: int = 60_000_000
    behind: int = 7 * 86_400_000_000


_LONG_INTEGER = re.compile(rb"\d{19}")


def load(body: bytes, content_type: str, limits: Limits) -> Any:
    """The JSON value of a message. Unreadable if it is none."""
    if len(body) > limits.size:
        raise Unreadable("too_large", "", f"more than {limits.size} bytes: send several messages")
    if content_type and content_type != "application/json" and not is_json(content_type):
        raise Unreadable("wrong_content_type", "content-type", f"{shown(content_type)}: send application/json")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return exact(body)


def exact(body: bytes) -> Any:
    """The same value, read slowly: integers of any length stay integers, and numbers that no double can hold become NaN
    and infinity, so that only the metric that has one is refused. Unreadable for what is not even that."""
    try:
        return json.loads(body.decode(), parse_int=_integer)
    except UnicodeDecodeError as error:
        raise Unreadable("bad_utf8", "", f"byte {error.start} is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise Unreadable("too_deep", "", "objects and arrays stand hundreds deep in each other") from None
    except ValueError as error:
        raise Unreadable("bad_json", "", f"not JSON: {error}") from None


def may_hide_integers(body: bytes) -> bool:
    """Whether it may have an integer so long that the fast reader makes a float of it."""
    return _LONG_INTEGER.search(body) is not None


def check_depth(value: Any, limits: Limits) -> None:
    """Unreadable if objects and arrays stand too deep in each other. Level by level: no depth can exhaust the stack."""
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > limits.depth:
            raise Unreadable("too_deep", "", f"more than {limits.depth} objects and arrays in each other")
        level = [child for each in level for child in (each.values() if isinstance(each, dict) else each)]


def _integer(digits: str) -> int:
    """Python refuses to read very long integers; beyond 64 bits their exact value does not matter."""
    return int(digits) if len(digits) <= 20 else 10**20

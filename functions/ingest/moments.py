"""The time that a device gives its readings. Used by ingest; whether a readable time is acceptable is for validate to
judge, and foreseen here, so that a sender who waits for an answer hears it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from events.times import from_rfc3339, rfc3339
from functions.ingest.body import Limits
from functions.ingest.names import shown
from functions.ingest.refusal import Refusal, Unreadable

LEAST_MS, MOST_MS = 100_000_000_000, 100_000_000_000_000
"""Unix milliseconds lie between these (1973 and 5138): what is smaller is seconds, larger is micro- or nanoseconds."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def microseconds(time: Any, field: str) -> int:
    """Unix ms (fractions count) or RFC 3339 with an offset, as µs UTC. Unreadable with the cure for anything else."""
    if isinstance(time, str):
        return _from_text(time, field)
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise Unreadable(
            "time_unreadable", field, f"{shown(time)}: give Unix ms as a number, or RFC 3339 with an offset"
        )
    if not LEAST_MS <= time < MOST_MS:
        raise Unreadable("time_unreadable", field, f"{time} is no time in Unix ms: {_cure(time)}")
    return time * 1000 if isinstance(time, int) else round(time * 1000)


def untimely(time: int, received: int, field: str, limits: Limits) -> Refusal | None:
    """What validate will say of readings of this time; None: nothing. Times in µs."""
    if time - received > limits.ahead:
        return Refusal("time_in_future", field, f"{rfc3339(time)} is ahead of its receipt: set the device's clock")
    if received - time > limits.behind:
        return Refusal("time_too_old", field, f"{rfc3339(time)} is older than what is kept: set the device's clock")
    return None


def _cure(time: float) -> str:
    if 0 < time < LEAST_MS:
        return "it looks like seconds; multiply by 1000"
    if time >= MOST_MS:
        return "it looks like micro- or nanoseconds; divide"
    return "leave the time out where the device has no clock"


def _from_text(time: str, field: str) -> int:
    if _RFC_3339.fullmatch(time):
        with suppress(ValueError, OverflowError):
            return from_rfc3339(time.upper())
    raise Unreadable("time_unreadable", field, f"{shown(time)} is not RFC 3339 such as 2026-11-24T12:00:00Z")

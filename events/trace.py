"""The trace that an event belongs to: W3C Trace Context, level 1. Begun where an event comes in (writer.py) and carried
from parent to child (event.py), so that a repeat has the same; used for logs and for calls to the outside.
"""

from __future__ import annotations

import random
import re
from typing import Any, Protocol

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


_CHANCE = random.Random()
"""Seeded by the system once: a call of the system for each record would cost more than the rest of writing it."""


def begun() -> str:
    """The traceparent of a new trace, sampled."""
    return f"00-{_CHANCE.getrandbits(128) or 1:032x}-{_span()}-01"


def trace_id(traceparent: str) -> str:
    """Its trace (32 hexadecimal digits); "" if it is no traceparent: by the standard such a one is ignored."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if not found or found[1] == "ff" or not found[2].strip("0") or not found[3].strip("0"):
        return ""
    return found[2]


def span_id(traceparent: str) -> str:
    """The span that it names (16 hexadecimal digits); "" if it is no traceparent."""
    return traceparent[36:52] if trace_id(traceparent) else ""


def onward(traceparent: str) -> str:
    """What a call to the outside carries: the same trace and a span of its own; a new trace if there was none."""
    trace = trace_id(traceparent)
    return f"00-{trace}-{_span()}-{traceparent[53:55]}" if trace else begun()


class Hop(Protocol):
    """Is told of a part of an event's way (functions/tracing.py): from `start` to `stop`, ns of the wall clock; to now,
    if that is not given. first: the trace begins with it."""

    def __call__(self, name: str, event: Any, start: int, stop: int | None = None, first: bool = False) -> None: ...


def unseen(name: str, event: Any, start: int, stop: int | None = None, first: bool = False) -> None:
    """Nobody asks where the time goes."""


def _span() -> str:
    return f"{_CHANCE.getrandbits(64) or 1:016x}"

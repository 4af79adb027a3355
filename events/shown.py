"""How documents look outside: times as RFC 3339, everything else as it is. Used by the web APIs and the live
channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from events.times import rfc3339

TIMES = frozenset({
    "at", "clock", "cleared_at", "created", "end", "last_received", "last_time", "minute", "peak_time", "raised_at",
    "received", "snoozed_until", "start", "time", "until", "updated_at",
})  # fmt: skip
"""Fields of payloads that hold µs UTC."""


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with its times (µs) as texts, at any depth of objects."""
    return {name: _value(name, value) for name, value in document.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return shown(value)
    return rfc3339(value) if name in TIMES and isinstance(value, int) else value

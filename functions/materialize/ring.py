"""The last hundred refused readings of a device, and how many there were by reason. Used by handler.py."""

from __future__ import annotations

from typing import Any

from events.event import Event
from events.payloads import Rejected
from events.state import State

LENGTH = 100

NAMELESS = "?"
"""Ring of what came from no device we know (with the shard): ids that anyone may invent must not fill the memory."""


def ring(state: State, event: Event, rejected: Rejected) -> dict[str, Any]:
    """Counts a refusal; gives the ring's counts as a document: `{"ring", "total", "reasons": {reason: n}}`."""
    rings = state.values.setdefault("rejected", {}).setdefault(event.tenant, {})
    name = f"{NAMELESS}{event.shard}" if rejected.reason in ("bad_device", "unknown_device") else rejected.device
    reasons = rings.setdefault(name, {})
    reasons[rejected.reason] = reasons.get(rejected.reason, 0) + 1
    return {"ring": name, "total": sum(reasons.values()), "reasons": dict(sorted(reasons.items()))}

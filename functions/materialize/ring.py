"""The last hundred refused readings of a device, and how many there were by reason. Used by handler.py.

Each function that refuses has rings of its own: in what order two functions stand in a topic depends on how they are
spread over pods, and no document may.
"""

from __future__ import annotations

from typing import Any

from events.event import Event
from events.payloads import Rejected
from events.state import State

LENGTH = 100

FIRST = "validate"
"""The function whose rings bear the name of the device alone: what most refusals come from."""

MOST = 10_000
"""Rings of one function on a shard; a device that is refused for the first time beyond them has none of its own."""

NAMELESS = "?"
"""Ring of what came from no device we know (with the shard): ids that anyone may invent must not fill the memory."""


def ring(state: State, event: Event, rejected: Rejected) -> dict[str, Any]:
    """Counts a refusal; gives the counts of its ring: `{"ring", "device", "total", "reasons": {reason: n}}`."""
    device = f"{NAMELESS}{event.shard}" if rejected.reason in ("bad_device", "unknown_device") else rejected.device
    giver = event.source.rsplit("/", 1)[1]
    rings: dict[str, dict[str, int]] = state.values.setdefault("rejected", {})
    if _name(event.tenant, device, giver) not in rings and _is_full(rings, giver):
        device = f"{NAMELESS}{event.shard}"
    name = device if giver == FIRST else f"{device}/{giver}"
    reasons = _reasons(state, _name(event.tenant, device, giver))
    reasons[rejected.reason] = reasons.get(rejected.reason, 0) + 1
    counts = dict(sorted(reasons.items()))
    return {"ring": name, "device": device, "total": sum(reasons.values()), "reasons": counts}


def _name(tenant: str, device: str, giver: str) -> str:
    return f"{giver}/{tenant}/{device}"


def _is_full(rings: dict[str, dict[str, int]], giver: str) -> bool:
    return len(rings) >= MOST and sum(name.startswith(f"{giver}/") for name in rings) >= MOST


def _reasons(state: State, name: str) -> dict[str, int]:
    """The counts of a ring. Rings stand in order of their names, whichever came first: equal states are equal bits."""
    rings: dict[str, dict[str, int]] = state.values.setdefault("rejected", {})
    if name not in rings:
        rings[name] = {}
        state.values["rejected"] = rings = dict(sorted(rings.items()))
    return rings[name]

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

NAMELESS = "?"
"""Ring of what came from no device we know (with the shard): ids that anyone may invent must not fill the memory."""


def ring(state: State, event: Event, rejected: Rejected) -> dict[str, Any]:
    """Counts a refusal; gives the counts of its ring: `{"ring", "device", "total", "reasons": {reason: n}}`."""
    device = f"{NAMELESS}{event.shard}" if rejected.reason in ("bad_device", "unknown_device") else rejected.device
    giver = event.source.rsplit("/", 1)[1]
    name = device if giver == FIRST else f"{device}/{giver}"
    reasons = _reasons(state, f"{event.tenant}/{name}")
    reasons[rejected.reason] = reasons.get(rejected.reason, 0) + 1
    counts = dict(sorted(reasons.items()))
    return {"ring": name, "device": device, "total": sum(reasons.values()), "reasons": counts}


def _reasons(state: State, name: str) -> dict[str, int]:
    """The counts of a ring. Rings stand in order of their names, whichever came first: equal states are equal bits."""
    rings: dict[str, dict[str, int]] = state.values.setdefault("rejected", {})
    if name not in rings:
        rings[name] = {}
        state.values["rejected"] = rings = dict(sorted(rings.items()))
    return rings[name]

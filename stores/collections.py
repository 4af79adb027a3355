"""The names of the collections of documents, and who writes each. Used by materialize, the host and the web APIs."""

from __future__ import annotations

from typing import Final

PROFILES: Final = "profiles"
RULES: Final = "rules"
DEVICES: Final = "devices"
"""Definitions, written by the APIs and the loader of files: `{"definition": {…} or None, "sent": bool, …}`."""

DEVICE_STATES: Final = "device_states"
ALERTS: Final = "alerts"
ANOMALIES: Final = "anomalies"
REJECTED: Final = "rejected"
REJECTED_COUNTS: Final = "rejected_counts"
LEDGER: Final = "ledger"
BLIND: Final = "blind"
"""Written by materialize alone, whole and with a version."""

CHECKPOINTS: Final = "checkpoints"
"""Where a shard stands (states.py); a document a shard, under no tenant."""

DEFINED: Final = {"profile": PROFILES, "rule": RULES, "device": DEVICES}
"""Kind of a definition → its collection."""

INDEXED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    PROFILES: (("sent",),),
    RULES: (("sent",),),
    DEVICES: (("sent",),),
    DEVICE_STATES: (("state",),),
    ALERTS: (("raised_at",), ("state", "raised_at"), ("device", "raised_at")),
    ANOMALIES: (("start",), ("state", "start"), ("device", "start")),
    REJECTED: (("received",), ("device", "received")),
    REJECTED_COUNTS: (("device",),),
    LEDGER: (("minute",),),
}
"""Fields by which documents of a collection are looked for or ordered; tenant stands before, id after them."""

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

DEFINED: Final = {"profile": PROFILES, "rule": RULES, "device": DEVICES}
"""Kind of a definition → its collection."""

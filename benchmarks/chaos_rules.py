"""The definitions of a run of chaos_servers.py: those of the demo, and rules that are never calm. Used by
chaos_place.py."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks.demo_process import ROOT

BUSY: dict[str, dict[str, float]] = {
    "pump": {"pressure": 6, "flow": 42, "temperature": 55, "current": 18, "power": 9},
    "meter": {"voltage": 231, "current": 32, "power": 7.2, "frequency": 50, "power_factor": 0.9},
    "cold-room": {"temperature": 3.5, "evaporator_temperature": -8},
    "vehicle": {"engine_temperature": 88, "battery_voltage": 13.9},
}
"""Profile → metric → a limit that lies where its values are, so that alerts never cease."""


def definitions(folder: Path) -> Path:
    """Makes the folder; gives it back."""
    shutil.copytree(ROOT / "definitions", folder)
    rules = [_rule(profile, metric, limit) for profile, limits in BUSY.items() for metric, limit in limits.items()]
    (folder / "busy.yaml").write_text(json.dumps({"rules": rules}))
    return folder


def _rule(profile: str, metric: str, limit: float) -> dict[str, object]:
    return {
        "id": f"busy-{profile}-{metric.replace('_', '-')}", "name": "Busy", "severity": "minor", "metric": metric,
        "scope": {"profiles": [profile]}, "when": {"kind": "threshold", "op": ">", "value": limit},
    }  # fmt: skip

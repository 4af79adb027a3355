"""What the ledger of a platform has counted. Used by throughput.py and servers_rate.py."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

COUNTED_WITHIN = 90.0
"""Seconds: a minute is told when the clock has passed it."""


def counted(ledger: Callable[[], Sequence[Mapping[str, Any]]], readings: int) -> Counter[str]:
    """`validate in`, `validate out`, …, `lost`, when so many readings are counted as stored, or after
    COUNTED_WITHIN. ledger: gives its rows."""
    deadline = time.monotonic() + COUNTED_WITHIN
    while True:
        found: Counter[str] = Counter()
        for row in ledger():
            found["lost"] += row["lost"]
            found[f"{row['stage']} in"] += row["in"]
            found[f"{row['stage']} out"] += row["out"]
        if min(found["record out"], found["archive out"]) >= readings or time.monotonic() > deadline:
            return found
        time.sleep(1)

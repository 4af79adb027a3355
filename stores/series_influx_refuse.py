"""What InfluxDB would refuse, or its line protocol cannot say: known before a row is buffered. Used by
series_influx.py."""

from __future__ import annotations

import re

import numpy as np

from events.readings import Readings

LAST_TIME = (2**63 - 1) // 1000 - 1
"""µs: beyond it a nanosecond is no int64."""

LONGEST = 32_000
"""Bytes of a name: a key with its tags has 65,535."""

LONGEST_TEXT = 64 * 1024
_STRAY = re.compile(r"\\(?:[,= ]|$)")
"""A backslash escapes these and nothing escapes a backslash, so it cannot stand before them."""


def refused(readings: Readings) -> list[tuple[int, str]]:
    """Rows that the server could not keep as they are, with the reason: what it would refuse, and what its protocol has
    no way to write."""
    found: dict[int, str] = {}
    for row in np.flatnonzero((readings.time < 0) | (readings.time > LAST_TIME)).tolist():
        found[row] = "time: before 1970" if readings.time[row] < 0 else "time: after 2262"
    for field, names, codes in (
        ("device", readings.devices, readings.device), ("metric", readings.metrics, readings.metric),
    ):  # fmt: skip
        whys = {code: why for code, name in enumerate(names) if (why := _unspeakable(field, name))}
        for row in np.flatnonzero(np.isin(codes, list(whys))).tolist() if whys else ():
            found.setdefault(row, f"{field}: {whys[int(codes[row])]}")
    for row, text in enumerate(readings.text or ()):
        if text is not None and (len(text.encode(errors="replace")) > LONGEST_TEXT or "\0" in text):
            found.setdefault(row, "text: longer than 64 KiB, or with a character 0")
    return sorted(found.items())


def _unspeakable(field: str, name: str) -> str | None:
    if not name or len(name.encode(errors="replace")) > LONGEST:
        return "empty, or longer than 32,000 bytes"
    if any(sign < " " or sign == "\x7f" for sign in name):
        return "has a control character"
    if _STRAY.search(name):
        return "has a backslash at its end, or before a comma, a blank or a sign of equality"
    if field == "metric" and (name == "time" or name.startswith("_")):
        return "is a name that InfluxDB keeps for itself"
    return None

"""Which readings are refused, and why: unknown device, metric, range, time. Used by handler.py; each test is a
pure function of the row, the definitions and the device's standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from events.payloads import Rejected
from events.readings import Readings
from events.state import Table
from events.times import rfc3339


@dataclass(frozen=True)
class Admission:
    """ahead: how far a reading may be ahead of its receipt; behind: how far behind (raw retention), µs.
    auto_register: tenants whose unknown devices are let in; `*`: all."""

    ahead: int = 60_000_000
    behind: int = 7 * 86_400_000_000
    auto_register: frozenset[str] = frozenset({"*"})

    def registers(self, tenant: str) -> bool:
        return "*" in self.auto_register or tenant in self.auto_register


REASONS = {1: "unknown_device", 2: "time_in_future", 3: "time_too_old", 4: "bad_metric", 5: "out_of_range"}


def refused(readings: Readings, known: NDArray[np.bool_], limits: Admission) -> NDArray[np.uint8]:
    """The reason (key of REASONS, 0: none) by device and time; known: by device code."""
    reason = np.zeros(len(readings), np.uint8)
    ahead = readings.time - readings.received
    reason[ahead < -limits.behind] = 3
    reason[ahead > limits.ahead] = 2
    if not known.all():
        reason[~known[readings.device]] = 1
    return reason


def out_of_limits(readings: Readings, table: Table, at: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The reason by metric and range; at: the series' row of each reading. Text has no range."""
    low, high = table["low"][at], table["high"][at]
    reason = np.where((readings.value < low) | (readings.value > high), 5, 0).astype(np.uint8)
    reason[low > high] = 4
    return reason


def rejections(readings: Readings, reason: NDArray[np.uint8]) -> Iterator[Rejected]:
    """One for each refused reading, in order."""
    rows = np.flatnonzero(reason)
    for row, why in zip(readings.take(rows).rows(), reason[rows].tolist(), strict=True):
        name = REASONS[why]
        field = {1: "device", 4: "metric", 5: row.metric}.get(why, "time")
        yield Rejected(
            device=row.device, reason=name, detail=_detail(name, row.metric, row.value, row.time, row.received),
            received=row.received, metric=row.metric, field=field, time=row.time,
            value=None if row.text is not None else row.value, text=row.text,
        )  # fmt: skip


def _detail(reason: str, metric: str, value: float, time: int, received: int) -> str:
    if reason == "unknown_device":
        return "nobody has defined this device, or it is disabled: define it, enable it, or let its tenant register"
    if reason == "bad_metric":
        return f"the device's profile has no metric {metric!r}: correct the name, or add it to the profile"
    if reason == "out_of_range":
        return f"{value!r} is outside the range that the device's profile gives for {metric!r}"
    apart = "ahead of" if reason == "time_in_future" else "older than what is kept, counted from"
    return f"{rfc3339(time)} is {apart} its receipt at {rfc3339(received)}: set the device's clock"

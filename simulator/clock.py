"""Device time and real time: what `--start` and `--speed` mean. `run` waits by it, the senders measure lateness by
it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Simulated time starts at `start` (Unix s) when this is made and runs `speed` times as fast as real time."""

    start: float
    speed: float = 1.0
    origin: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        """Seconds of device time since the start."""
        return (time.monotonic() - self.origin) * self.speed

    def moment(self, due: float) -> float:
        """The monotonic moment at which `due` seconds of device time have passed."""
        return self.origin + due / self.speed


def instant(text: str) -> float:
    """Unix seconds from Unix ms or RFC 3339 with an offset. ValueError names what it cannot read."""
    if text.replace(".", "", 1).isdigit():
        return float(text) / 1000
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time {text!r} has no zone: add Z or an offset such as +01:00")
    return moment.astimezone(UTC).timestamp()

"""What time it is at the edge: the only clock there is. It stamps what comes in and the ticks; app.py makes the one."""

from __future__ import annotations

import time
from collections.abc import Callable

HIGHEST_SPEED = 400.0
"""Beyond it ticks (at most 100 a second, see pace.py) would be more than 4 s of this clock apart, and 5 s are a gap."""


class EdgeClock:
    """µs UTC. start: what it shows now (None: the time of day); speed: seconds of it in a second. ValueError beyond
    HIGHEST_SPEED."""

    def __init__(
        self, start: int | None = None, speed: float = 1.0, nanoseconds: Callable[[], int] = time.monotonic_ns
    ) -> None:
        if not 0 < speed <= HIGHEST_SPEED:
            raise ValueError(f"speed {speed:g} is not between 0 and {HIGHEST_SPEED:g}: choose a lower one")
        self.speed = speed
        self._of_day = start is None and speed == 1.0
        self._start = time.time_ns() // 1000 if start is None else start
        self._nanoseconds, self._began = nanoseconds, nanoseconds()

    def now(self) -> int:
        """The time of day as the machine corrects it; with a start or a speed, the time passed since then."""
        if self._of_day:
            return time.time_ns() // 1000
        return self._start + int((self._nanoseconds() - self._began) * self.speed) // 1000

"""When to tick: once a second; at a higher speed so often that ticks stay 2 s of the clock apart. Run by app.py in a
thread, for the bridge (which sends the tick through the broker) or for a pod without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Flag

from functions.clock.edge import EdgeClock

STEP = 2_000_000
"""µs of the clock between two ticks, at most, up to speed 200."""

SHORTEST = 0.01
"""Seconds between two ticks, at least."""

MADE_UP = 1.0
"""Seconds. A tick that is late by up to so much is preceded by those that are missing; after more the platform was
away, and the log must see the gap."""


class Pace:
    """clock: the edge's."""

    def __init__(self, clock: EdgeClock) -> None:
        self._clock, self._last = clock, 0
        self.period = max(SHORTEST, min(1.0, STEP / 1e6 / clock.speed))

    def run(self, tell: Callable[[int], None], stop: Flag) -> None:
        """Tells the clock (µs) at every tick, until stopped."""
        while not stop.is_set():
            for clock in self.due():
                tell(clock)
            stop.wait(self.period)

    def due(self) -> Iterator[int]:
        """The ticks to tell now: one, or those of a short delay at even distances."""
        now, last = self._clock.now(), self._last
        if now <= last:
            return
        step, distance = self.period * 1e6 * self._clock.speed, now - last
        late = distance / 1e6 / self._clock.speed - self.period
        count = max(1, round(distance / step)) if late <= MADE_UP else 1
        for i in range(1, count + 1):
            yield last + distance * i // count
        self._last = now

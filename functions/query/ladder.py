"""How wide the buckets of a chart are: steps of a ladder, aligned to absolute time, so panning meets the same ones."""

from __future__ import annotations

from typing import NamedTuple

MS, SECOND, MINUTE, DAY = 1_000, 1_000_000, 60_000_000, 86_400_000_000
STEPS = (
    *(n * MS for n in (10, 20, 50, 100, 200, 500)), *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 5, 15, 60)), DAY,
)  # fmt: skip
"""µs; beyond them whole days."""


class Grid(NamedTuple):
    """n buckets of `step` µs; bucket i covers start + i × step up to the next."""

    start: int
    step: int
    n: int

    @property
    def stop(self) -> int:
        return self.start + self.n * self.step


def grid(start: int, stop: int, px: int, least: int) -> Grid:
    """At most about `px` buckets over start ≤ time < stop (µs), of at least `least` µs; the outer ones are whole."""
    wanted = max(least, -(-(stop - start) // px))
    step = next((step for step in STEPS if step >= wanted), -(-wanted // DAY) * DAY)
    begin = start // step * step
    return Grid(begin, step, -(-(stop - begin) // step))

"""Faults with their truth: which device suffers what, and when, drawn from the seed alone.

Device time is cut into windows of one fault each, aligned to 1970, so that the plan does not depend on where a run
begins or stops. `schedule` asks for the fault at a tick, `effects` applies it, `books` writes the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from random import Random

from simulator.fleet import Fleet

KINDS = ("excursion", "spike", "drift", "stuck", "dropout", "noise", "offline")
OF_THE_DEVICE = ("dropout", "offline")
LENGTHS = {  # shortest and longest, in seconds of device time
    "spike": (0.0, 0.0),
    "drift": (480.0, 840.0),
    "stuck": (130.0, 600.0),
    "dropout": (300.0, 600.0),
    "noise": (300.0, 600.0),
    "offline": (95.0, 600.0),
    "excursion": (240.0, 300.0),
}
SIZES = {"drift": 4.0, "stuck": 0.0, "dropout": 0.5, "noise": 3.0, "offline": 1.0, "excursion": 0.0}
QUIET = 1200.0
SHORTEST_WINDOW = 900.0
OVERSHOOT = 0.4  # of an excursion: how far beyond its alarm threshold, as a part of the way there


@dataclass(frozen=True, slots=True)
class Fault:
    """`start` and `end` are the first and last tick; `column` is -1 for a fault of the whole device; `size` in sigma
    or a share.
    """

    kind: str
    device: int
    column: int
    start: int
    end: int
    size: float


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to inject. `rate` a device and day; `after` (Unix s): no drawn fault starts earlier; `first` (Unix s): one
    of each then.
    """

    kinds: tuple[str, ...]
    rate: float
    after: float
    first: float | None = None


class Plan:
    """The faults of a fleet, device by device."""

    def __init__(self, fleet: Fleet, wishes: Wishes) -> None:
        self.fleet, self.wishes = fleet, wishes
        self.window = max(SHORTEST_WINDOW, 86400 / wishes.rate) if wishes.rate else float("inf")
        self.quiet = min(QUIET, 0.2 * self.window)
        self._planted = dict(self._opening()) if wishes.first is not None else {}

    def following(self, device: int, tick: int) -> Fault | None:
        """The fault of a device that is on at `tick` or comes next; None if none ever comes."""
        planted = self._planted.get(device)
        if planted and planted.end >= tick:
            return planted
        if not self.wishes.kinds or not self.wishes.rate:
            return None
        earliest = self.wishes.after if planted is None else self._seconds(planted.end) + self.quiet
        window = int(max(self._seconds(tick), earliest) // self.window) - 1
        while True:
            fault = self._drawn(device, window)
            if fault.end >= tick and self._seconds(fault.start) >= earliest:
                return fault
            window += 1

    def _seconds(self, tick: int) -> float:
        return tick * self.fleet.interval / 1000

    def _drawn(self, device: int, window: int) -> Fault:
        draw = Random(f"{self.fleet.seed}/{self.fleet.ids[device]}/{window}")
        shift = Random(f"{self.fleet.seed}/{self.fleet.ids[device]}").random() * self.window
        kind = self.wishes.kinds[int(draw.random() * len(self.wishes.kinds))]
        room = self.window - self.quiet
        shortest, longest = LENGTHS[kind]
        length = shortest + draw.random() * (max(shortest, min(longest, room)) - shortest)
        begin = window * self.window + shift + draw.random() * max(0.0, room - length)
        return self._made(kind, device, begin, length, draw)

    def _opening(self) -> list[tuple[int, Fault]]:
        """One fault of each wished kind on devices of their own, three seconds apart, the shortest of their kind."""
        draw = Random(f"{self.fleet.seed}/first")
        free = sorted(range(self.fleet.count), key=lambda _: draw.random())
        planted = []
        for i, kind in enumerate(self.wishes.kinds):
            fit = [d for d in free if kind != "excursion" or self.fleet.profiles[d] == "cold-room"] or free
            if fit:
                free.remove(fit[0])
                begin = (self.wishes.first or 0.0) + 3 * i
                planted.append((fit[0], self._made(kind, fit[0], begin, LENGTHS[kind][0], draw)))
        return planted

    def _made(self, kind: str, device: int, begin: float, length: float, draw: Random) -> Fault:
        start = ceil(begin * 1000 / self.fleet.interval)
        end = ceil((begin + length) * 1000 / self.fleet.interval)
        last = start + int(draw.random() * 3) if kind == "spike" else end
        size = (5 + 3 * draw.random()) * (1 if draw.random() < 0.5 else -1) if kind == "spike" else SIZES[kind]
        sign = -1 if kind == "drift" and draw.random() < 0.5 else 1
        column, size = self._place(kind, device, size * sign, draw)
        return Fault(kind, device, column, start, last, round(size, 3))

    def _place(self, kind: str, device: int, size: float, draw: Random) -> tuple[int, float]:
        metrics = self.fleet.metrics[device]
        if kind in OF_THE_DEVICE:
            return -1, size
        alarmed = [i for i, m in enumerate(metrics) if m.alarm]
        if kind == "excursion" and alarmed:
            metric, level = metrics[alarmed[0]], self.fleet.parameters["level"][device, alarmed[0]]
            threshold = metric.alarm[0] if metric.alarm else 0.0
            return alarmed[0], float((threshold - level) * (1 + OVERSHOOT) / metric.sigma)
        analogue = [i for i, m in enumerate(metrics) if m.shape == "analogue"] or [0]
        return analogue[int(draw.random() * len(analogue))], size if kind != "excursion" else 20.0

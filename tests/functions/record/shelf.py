"""A series store that keeps what record gives it and computes rollups from raw the obvious way. Used by these tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from events.readings import Readings
from stores.ports import WIDTHS, Bucket, Origin, Rollups, Width

Identity = tuple[str, str, str, int]
"""tenant, device, metric, time."""
Place = tuple[Width, str, str, str, int]
"""width, tenant, device, metric, start."""
Sums = tuple[float, float, float, float, float, int]
"""first, min, max, last, sum, count."""


@dataclass
class Shelf:
    """raw: identity → value (None: text). rolled, dirtied: what came from sums and what was marked, in order."""

    raw: dict[Identity, float | None] = field(default_factory=dict)
    rolls: dict[Place, Sums] = field(default_factory=dict)
    rolled: list[Place] = field(default_factory=list)
    dirtied: list[Place] = field(default_factory=list)
    waiting: list[Place] = field(default_factory=list)

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]:
        return [(i, "unlucky") for i, value in enumerate(readings.value.tolist()) if value == 13]

    def append(self, origin: Origin, readings: Readings) -> None:
        for row in readings.rows():
            number = row.value if row.text is None else None
            self.raw[origin.tenant, row.device, row.metric, row.time] = number

    def roll(self, origin: Origin, width: Width, rollups: Rollups) -> None:
        names = ("first", "min", "max", "last", "sum", "count")
        columns = [getattr(rollups, name).tolist() for name in names]
        for i, start in enumerate(rollups.start.tolist()):
            place = (width, origin.tenant, rollups.device[i], rollups.metric[i], start)
            first, low, high, last, total, count = (column[i] for column in columns)
            self.rolls[place] = (first, low, high, last, total, count)
            self.rolled.append(place)

    def dirty(self, origin: Origin, width: Width, buckets: Iterable[Bucket]) -> None:
        places: list[Place] = [(width, origin.tenant, *bucket) for bucket in buckets]
        self.dirtied += places
        self.waiting += places

    def flush(self) -> None:
        """Dirty buckets are computed from raw, after all else."""
        rolls = self.by_definition()
        for place in self.waiting:
            self.rolls.pop(place, None)
            if place in rolls:
                self.rolls[place] = rolls[place]
        self.waiting.clear()

    def by_definition(self) -> dict[Place, Sums]:
        """All buckets, from raw."""
        found: defaultdict[Place, list[float]] = defaultdict(list)
        for (tenant, device, metric, time), value in sorted(self.raw.items(), key=lambda row: row[0]):
            if value is not None:
                for width, us in WIDTHS.items():
                    found[width, tenant, device, metric, time // us * us].append(value)
        return {place: (v[0], min(v), max(v), v[-1], sum(v), len(v)) for place, v in found.items()}

"""Stores of the law's world: what is written is shared by all pods, what is buffered belongs to one. They keep the
contract of the ports (a position in the same transaction, whole documents by version) in a form that is quick to
compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from events.readings import Readings
from stores.ports import WIDTHS, Bucket, Origin, Rollups, Versioned, Width

REFUSED = 13.0
"""A value that this store cannot keep."""

Roll = tuple[float, ...]


class Written:
    """What outlives every pod."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, int], tuple[int, int, float]] = {}
        self.rolls: dict[tuple[Width, str, str, int], Roll] = {}
        self.position = -1
        self.documents: dict[tuple[str, str], tuple[int, Any]] = {}

    def from_raw(self, width: Width, device: str, metric: str, start: int) -> Roll | None:
        """A bucket computed from its raw rows."""
        step = WIDTHS[width]
        held = sorted(
            (time, value) for (d, m, time), (_, _, value) in self.rows.items()
            if (d, m) == (device, metric) and start <= time < start + step
        )  # fmt: skip
        values = [value for _, value in held]
        return (values[0], min(values), max(values), values[-1], sum(values), len(values)) if values else None


class MemorySeries:
    """The buffering side of Series, for record."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._buffer: list[tuple[str, Origin, Any]] = []

    def refuses(self, readings: Readings) -> Sequence[tuple[int, str]]:
        return [(row, "it is 13") for row, value in enumerate(readings.value.tolist()) if value == REFUSED]

    def append(self, origin: Origin, readings: Readings) -> None:
        self._buffer.append(("rows", origin, readings))

    def roll(self, origin: Origin, width: Width, rollups: Rollups) -> None:
        self._buffer.append(("roll", origin, (width, rollups)))

    def dirty(self, origin: Origin, width: Width, buckets: Iterable[Bucket]) -> None:
        self._buffer.append(("dirty", origin, (width, list(buckets))))

    def flush(self, shard: int) -> None:
        written, had = self._written, self._written.position
        for what, origin, data in self._buffer:
            written.position = max(written.position, origin.offset)
            if what == "rows" and origin.offset > had:
                self._rows(origin, data)
            elif what == "roll" and origin.offset > had:
                self._rolls(*data)
        for _, _, (width, buckets) in (op for op in self._buffer if op[0] == "dirty"):
            for bucket in buckets:
                rolled = written.from_raw(width, *bucket)
                if rolled is not None:
                    written.rolls[width, *bucket] = rolled
        self._buffer.clear()

    def _rows(self, origin: Origin, readings: Readings) -> None:
        for at, row in enumerate(readings.rows()):
            assert row.value != REFUSED, "a row reached the store that it had refused"
            self._written.rows[row.device, row.metric, row.time] = (origin.offset, at, row.value)

    def _rolls(self, width: Width, r: Rollups) -> None:
        columns = zip(
            *(getattr(r, c).tolist() for c in ("start", "first", "min", "max", "last", "sum", "count")), strict=True
        )
        for device, metric, (start, *roll) in zip(r.device, r.metric, columns, strict=True):
            self._written.rolls[width, device, metric, start] = tuple(roll)

    def discard(self, shard: int) -> None:
        self._buffer.clear()


class MemoryDocuments:
    """The buffering side of Documents, for materialize."""

    def __init__(self, written: Written) -> None:
        self._written, self._buffer = written, list[tuple[str, Versioned]]()

    def upsert(self, shard: int, collection: str, document: Versioned) -> None:
        self._buffer.append((collection, document))

    def flush(self, shard: int) -> None:
        for collection, document in self._buffer:
            key = (collection, document.id)
            if document.version > self._written.documents.get(key, (-1, None))[0]:
                self._written.documents[key] = (document.version, document.body)
        self._buffer.clear()

    def discard(self, shard: int) -> None:
        self._buffer.clear()

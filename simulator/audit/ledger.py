"""The platform's own books: what its ledger says about every minute and stage, and whom it blames. Asked by `settle`
and `blame`.

A stage has passed a minute on a shard when it has counted a later one; then its `in` must be what validate gave out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.audit.findings import MINUTE
from simulator.audit.moments import moment

FIRST = "validate"
BALANCED = ("validate", "record", "archive")  # what goes in comes out, is rejected or is a duplicate
_Key = tuple[int, int]  # minute µs, shard


@dataclass(frozen=True, slots=True)
class Slip:
    """The ledger does not add up for a stage in a minute."""

    minute: int
    stage: str
    rows: int
    words: str


class Ledger:
    """The rows of `/ledger`, by stage."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._rows: dict[str, dict[_Key, dict[str, Any]]] = defaultdict(dict)
        for row in rows:
            self._rows[str(row["stage"])][moment(row["minute"]), int(row["shard"])] = row

    def taken(self) -> int:
        """Rows that came in."""
        return sum(int(row["in"]) for row in self._rows[FIRST].values())

    def in_flight(self) -> int:
        """Rows that validate gave out in minutes which a stage has not passed."""
        return sum(
            max(0, int(row["out"]) - self._in(stage, key))
            for stage in self._later()
            for key, row in self._rows[FIRST].items()
            if not self._passed(stage, key)
        )

    def slips(self) -> list[Slip]:
        """Everything that does not add up."""
        lost = ((key[0], int(row.get("lost") or 0)) for key, row in self._rows[FIRST].items())
        slips = [Slip(at, FIRST, n, f"{n} records of a writer are missing") for at, n in lost if n]
        for stage in self._later():
            for key, row in self._rows[FIRST].items():
                gap = int(row["out"]) - self._in(stage, key)
                if gap and self._passed(stage, key):
                    words = f"took {-gap} rows too many" if gap < 0 else f"did not take {gap} rows"
                    slips.append(Slip(key[0], stage, abs(gap), f"{words} of {row['out']}"))
        return slips + [slip for stage in BALANCED for slip in self._unbalanced(stage)]

    def rejections(self, minute: int) -> str:
        """Reasons and counts of what stages rejected about a minute, for people."""
        counts: dict[str, int] = defaultdict(int)
        for stage, rows in self._rows.items():
            for (at, _), row in rows.items():
                if abs(at - minute) <= MINUTE:
                    for reason, n in (row.get("rejected") or {}).items():
                        counts[f"{stage} rejected as {reason}"] += int(n)
        return ", ".join(f"{name} {n}" for name, n in counts.items() if n)

    def totals(self) -> dict[str, dict[str, int]]:
        """Sums over all minutes by stage, for the report."""
        names = ("in", "out", "duplicates", "revised", "late", "lost")
        return {
            stage: {n: sum(int(row.get(n) or 0) for row in rows.values()) for n in names}
            | {"rejected": sum(_rejected(row) for row in rows.values())}
            for stage, rows in self._rows.items()
        }

    def _later(self) -> list[str]:
        return [stage for stage in self._rows if stage != FIRST]

    def _in(self, stage: str, key: _Key) -> int:
        return int(self._rows[stage].get(key, {}).get("in", 0))

    def _passed(self, stage: str, key: _Key) -> bool:
        return any(at >= key[0] and shard == key[1] for at, shard in self._rows[stage])

    def _unbalanced(self, stage: str) -> list[Slip]:
        slips = []
        for (minute, _), row in self._rows[stage].items():
            gap = int(row["in"]) - int(row["out"]) - _rejected(row) - (int(row["duplicates"]) if stage == FIRST else 0)
            if gap:
                words = f"in {row['in']}, out {row['out']}, rejected {_rejected(row)}, duplicates {row['duplicates']}"
                slips.append(Slip(minute, stage, abs(gap), words))
        return slips


def _rejected(row: dict[str, Any]) -> int:
    return sum(int(n) for n in (row.get("rejected") or {}).values())

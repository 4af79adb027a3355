"""What the auditor found, gathered by kind, device, metric and minute. Filled by the comparisons, printed by
`report`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["lost", "doubled", "wrong", "invented", "refused", "miscounted"]
MINUTE = 60_000_000  # µs


@dataclass(slots=True)
class Finding:
    """`count` readings of one minute (µs, of device time); `example` is the first of them in words; `stage` may be
    blamed later.
    """

    kind: Kind
    device: str
    metric: str
    minute: int
    example: str
    where: str
    count: int = 1
    stage: str = ""

    def line(self) -> str:
        """For people, and complete."""
        place = " ".join(
            part for part in (f"{self.device}/{self.metric}".strip("/"), f"minute {text(self.minute)}") if part
        )
        stage = f", stage {self.stage}" if self.stage else ""
        return f"{self.kind} ({self.where}): {place}{stage}: {self.count} × {self.example}"


@dataclass(slots=True)
class Findings:
    """All of them. `unknown` has what could not be told, in words."""

    found: dict[tuple[str, ...], Finding] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """One more, counted with its like."""
        key = (finding.kind, finding.where, finding.device, finding.metric, finding.stage, str(finding.minute))
        held = self.found.setdefault(key, finding)
        if held is not finding:
            held.count += finding.count

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self.found.values(), key=lambda f: (f.minute, f.kind, f.device, f.metric)))

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        counts: dict[str, int] = {}
        for finding in self.found.values():
            counts[finding.kind] = counts.get(finding.kind, 0) + finding.count
        return counts


def minute_of(micros: int) -> int:
    """The beginning of its minute, µs."""
    return micros - micros % MINUTE


def text(micros: int) -> str:
    """RFC 3339 to the second, or to the millisecond where there are some."""
    moment = datetime.fromtimestamp(micros / 1e6, UTC)
    return moment.isoformat(timespec="milliseconds" if micros % 1_000_000 else "seconds").replace("+00:00", "Z")

"""What came of a run of chaos_servers.py, and what of it must not be."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.simulators import Audit
from events.times import from_rfc3339

ALLOWED = 15.0
"""Seconds of recovery."""

ALLOWED_TAKEOVER = 30.0
"""The same of a store, from the moment at which another owner has its shards: for 20 s of them it writes over nothing
(DESIGN §5, One owner). Before that Kafka takes up to 10 s to notice that the last one is gone."""

UNSAVED = 3
"""Messages of a device that Mosquitto may lose when it is killed: those of the seconds since it wrote its last file. It
looks once a second whether a second has passed; a device sends one a second, and may repeat or revise one."""

BEFORE, AFTER = 25_000_000, 2_000_000
"""µs of device time about that moment: a reordered message comes up to 12 s late, and the fleet takes some seconds to
start."""


@dataclass
class Outcome:
    """began: seconds until all pods, starting at once, were ready at first. recovery: fault → seconds. taken: fault →
    seconds until another had taken over. alerts: fault → alert events meanwhile. died: when Mosquitto was killed, µs of
    device time. left: seconds of the file that were not sent. unacked, ended: exit status of the fleet and of the pods.
    archived: rows in all files. dead: function → rows that it gave up. lossy: devices of which readings are lost.
    compared: topic → events; differs: those on one log alone, + where faults made them up, - where they lost them, but
    for lossy devices. silent: silence that was made up."""

    began: float = 0.0
    recovery: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    died: int | None = None
    left: float = 0.0
    unacked: int = -1
    audit: Audit | None = None
    archived: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    lossy: frozenset[str] = frozenset()
    compared: dict[str, int] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    repeated: int = 0
    contradictions: list[str] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)

    @property
    def report(self) -> dict[str, Any]:
        assert self.audit is not None
        report: dict[str, Any] = self.audit.report
        return report

    def slow(self) -> dict[str, float]:
        """Faults that took too long to get over."""
        return {name: took for name, took in self.recovery.items() if took > self._allowed(name)}

    def _allowed(self, name: str) -> float:
        return ALLOWED_TAKEOVER if name in self.taken and not name.endswith("-stream") else ALLOWED

    def unexplained(self) -> Iterator[dict[str, Any]]:
        """What the auditor found, but for what Mosquitto had acknowledged and not yet written down when it was killed,
        and rows that a function gave up and told."""
        lost: Counter[tuple[str, str, str]] = Counter()
        missed: Counter[str] = Counter()
        for finding in self.report["findings"]:
            if finding["kind"] == "lost" and self._is_near_its_death(finding):
                place = (finding["where"], finding["device"], finding["metric"])
                lost[place] += finding["count"]
                if lost[place] <= UNSAVED:
                    continue
            if finding["kind"] == "miscounted" and finding["stage"] in self.dead:
                missed[finding["stage"]] += finding["count"]
                if missed[finding["stage"]] <= self.dead[finding["stage"]]:
                    continue
            yield finding

    def _is_near_its_death(self, finding: dict[str, Any]) -> bool:
        if self.died is None:
            return False
        return -BEFORE <= from_rfc3339(finding["example"].split()[0]) - self.died <= AFTER

    def lost(self) -> int:
        """Readings that are in no store."""
        return sum(f["count"] for f in self.report["findings"] if f["kind"] == "lost" and f["where"] == "readings")

    def unarchived(self) -> int:
        """Rows that validate gave and that no file of the archive has."""
        return int(self.report["ledger"]["validate"]["out"]) - self.archived

    def wrong(self) -> list[str]:
        """Everything that must not be, a line each."""
        return [
            *(f"not acknowledged: exit {self.unacked}" for _ in range(bool(self.unacked))),
            *("the file was over before the faults were" for _ in range(self.left <= 0)),
            *(f"audit: {finding}" for finding in [*self.unexplained(), *self.report["unknown"]]),
            *(f"archive: {self.unarchived()} rows are missing" for _ in range(self.unarchived() != 0)),
            *(f"{topic}: nothing to compare" for topic, events in self.compared.items() if not events),
            *(f"{topic}: {each}" for topic, all in self.differs.items() for each in all),
            *self.silent,
            *(f"two different: {each}" for each in self.contradictions),
            *(f"{name} ended with {status}" for name, status in self.ended.items() if status),
            *(f"no alert during {fault}" for fault, alerts in self.alerts.items() if not alerts),
        ]


def tell(outcome: Outcome) -> None:
    """For a person."""
    report = outcome.report
    print(
        f"all pods were ready after {outcome.began:.1f} s at first; load on this machine now: {os.getloadavg()[0]:.0f}"
    )
    print(f"readings: {report['readings']}; found: {report['counts'] or 'nothing'}; archive: {report['archive']}")
    print(f"compared with an undisturbed run: {outcome.compared}; repeated on the log: {outcome.repeated}")
    print(f"alert events meanwhile: {outcome.alerts}")
    if outcome.died is not None:
        print(f"lost with Mosquitto: {outcome.lost()} readings, of {len(outcome.lossy)} devices")
    if outcome.dead:
        print(f"given up and told in dead.letter, rows by function: {dict(outcome.dead)}")
    for name, took in outcome.slow().items():
        print(f"WRONG {name}: recovered after {took:.1f} s")
    for line in outcome.wrong()[:40]:
        print(f"WRONG {line}")

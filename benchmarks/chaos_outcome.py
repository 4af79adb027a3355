"""What came of a run of chaos_servers.py, and what of it must not be."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from benchmarks.simulators import Audit

ALLOWED = 15.0
"""Seconds of recovery; of a store that another pod takes over:"""
ALLOWED_TAKEOVER = 30.0

MINUTE = 60_000_000
"""µs."""


@dataclass
class Outcome:
    """began: seconds until all pods, starting at once, were ready at first. recovery: fault → seconds. alerts: store
    that was away → alert events meanwhile. unacked, ended: exit status of the fleet and of the pods. lossy: devices of
    which readings are lost. compared: topic → events; differs: those on one log alone, + where faults made them up, -
    where they lost them, but for lossy devices. silent: devices whose silence was told while all were sending."""

    began: float = 0.0
    recovery: dict[str, float] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    unacked: int = -1
    audit: Audit | None = None
    lossy: frozenset[str] = frozenset()
    compared: dict[str, int] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    repeated: int = 0
    contradictions: list[str] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)

    def slow(self) -> dict[str, float]:
        """Faults that took too long to get over."""
        allowed = {name: ALLOWED_TAKEOVER if name == "freeze-store" else ALLOWED for name in self.recovery}
        return {name: took for name, took in self.recovery.items() if took > allowed[name]}

    def explained(self) -> bool:
        """Whether what is lost may be what Mosquitto had acknowledged when it was killed: all of it sent within a
        moment."""
        assert self.audit is not None
        minutes = {f["minute"] for f in self.audit.report["findings"] if f["kind"] == "lost"}
        return "kill-mosquitto" in self.recovery and max(minutes, default=0) - min(minutes, default=0) <= MINUTE

    def wrong(self) -> list[str]:
        """Everything that must not be, a line each."""
        assert self.audit is not None
        findings = [f for f in self.audit.report["findings"] if f["kind"] != "lost" or not self.explained()]
        return [
            *(f"not acknowledged: exit {self.unacked}" for _ in range(self.unacked)),
            *(f"audit: {finding}" for finding in [*findings, *self.audit.report["unknown"]]),
            *(f"{topic}: {each}" for topic, all in self.differs.items() for each in all),
            *(f"silence was told of {device}" for device in self.silent),
            *(f"two different: {each}" for each in self.contradictions),
            *(f"{name} ended with {status}" for name, status in self.ended.items() if status),
            *(f"no alert while {store} was away" for store, alerts in self.alerts.items() if not alerts),
            *(f"{name}: recovered after {took:.1f} s" for name, took in self.slow().items()),
        ]


def tell(outcome: Outcome) -> None:
    """For a person."""
    assert outcome.audit is not None
    report = outcome.audit.report
    print(
        f"all pods were ready after {outcome.began:.1f} s at first; load on this machine now: {os.getloadavg()[0]:.0f}"
    )
    print(f"readings: {report['readings']}; found: {report['counts'] or 'nothing'}; archive: {report['archive']}")
    print(f"compared with an undisturbed run: {outcome.compared}; repeated on the log: {outcome.repeated}")
    print(f"alert events while a store was away: {outcome.alerts}")
    for finding in (f for f in report["findings"] if f["kind"] == "lost" and outcome.explained()):
        print(f"lost with Mosquitto: {finding['device']} {finding['count']}: {finding['example']}")
    for line in outcome.wrong()[:40]:
        print(f"WRONG {line}")

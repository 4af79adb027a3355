"""Waits, for a bounded time, until the platform has digested what was sent. Called by `command` before it compares."""

from __future__ import annotations

import time

from simulator.audit.findings import MINUTE
from simulator.audit.ledger import Ledger
from simulator.audit.platform import Platform
from simulator.audit.sent import Sent

PAUSE = 1.0


def settle(platform: Platform, sent: Sent, patience: float) -> tuple[Ledger, int, str]:
    """The ledger, the log's clock (µs) and, if the platform was not done in `patience` seconds, what it still had to
    do.

    It is done when nothing is in flight and either every acknowledged row was counted or the clock has passed the
    minute in which this began, so that nothing more can be counted for it.
    """
    until = time.monotonic() + patience
    begun: int | None = None
    while True:
        clock = round(float(platform.get("status")["clock"] or 0) * 1000)
        begun = clock if begun is None else begun
        ledger = Ledger(platform.items("ledger", **{"from": _from(sent) // 1000, "limit": 10_000}))
        flying, taken = ledger.in_flight(), ledger.taken()
        passed = clock // MINUTE > begun // MINUTE and clock % MINUTE > 5_000_000
        if flying == 0 and (taken >= sent.rows or passed):
            return ledger, clock, ""
        if time.monotonic() >= until:
            return ledger, clock, f"{flying} rows in flight, {taken} of {sent.rows} counted in after {patience:.0f} s"
        time.sleep(PAUSE)


def _from(sent: Sent) -> int:
    return sent.first - sent.first % MINUTE - MINUTE

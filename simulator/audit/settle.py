"""Waits, for a bounded time, until the platform has digested what was sent. Called by `command` before it compares."""

from __future__ import annotations

import time
from dataclasses import dataclass

from simulator.audit.findings import MINUTE
from simulator.audit.ledger import Ledger
from simulator.audit.platform import Platform
from simulator.audit.sent import Sent

PAUSE = 1.0
STILL = 10.0  # s of real time without a change of the ledger, in which a platform that lags behind its clock would show
INTO = 5_000_000  # µs of a minute of the clock, after which the minute before is surely written


@dataclass(frozen=True, slots=True)
class Digested:
    """The ledger and the log's clock (µs). `undone` says in words what is not finished; `final`: nothing more can
    come."""

    ledger: Ledger
    clock: int
    undone: str
    final: bool


def settle(platform: Platform, sent: Sent, patience: float, strictly: bool) -> Digested:
    """Wait until nothing is in flight and as many rows were counted in as were acknowledged.

    Others' rows are counted too, so that this may come early. `strictly` waits until the clock has passed the minute
    in which the call began, and the ledger is still: whatever was acknowledged before is then counted, if it is
    there at all.
    """
    until = time.monotonic() + patience
    begun: int | None = None
    last, changed = -1, time.monotonic()
    while True:
        clock = round(float(platform.get("status")["clock"] or 0) * 1000)
        begun = clock if begun is None else begun
        ledger = Ledger(platform.items("ledger", **{"from": _from(sent) // 1000, "limit": 10_000}))
        flying, taken = ledger.in_flight(), ledger.taken()
        if taken != last:
            last, changed = taken, time.monotonic()
        still = time.monotonic() > changed + STILL
        passed = still and clock // MINUTE > begun // MINUTE and clock % MINUTE > INTO
        if flying == 0 and (passed or (taken >= sent.rows and not strictly)):
            return Digested(ledger, clock, "", passed or clock > sent.last + 2 * MINUTE)
        if time.monotonic() >= until:
            undone = f"{flying} rows in flight, {taken} of {sent.rows} counted in after {patience:.0f} s"
            return Digested(ledger, clock, undone, True)
        time.sleep(PAUSE)


def _from(sent: Sent) -> int:
    return sent.first - sent.first % MINUTE - MINUTE

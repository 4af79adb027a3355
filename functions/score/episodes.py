"""From odd readings to anomalies: one is one episode. Used by handler.py.

An anomaly opens at the first odd reading, and closes when CALM has passed without one; a new one of the same series may
open COOL later. What is open stands in `state.values["open"]`, by series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events import types
from events.clock import NEVER, now
from events.event import Event, content_id
from events.payloads import Anomaly
from events.state import Column, Key, State, Table
from functions.score.detector import ODD, Finding, Flags

CALM, COOL, MINUTE, HOUR = 60_000_000, 300_000_000, 60_000_000, 3_600_000_000
HELD = 900_000_000
"""After so long (µs) what is odd must be taken for the new usual."""

STILL_ODD = 0.6 * ODD
"""While an anomaly is open, a score from which on it goes on."""

COLUMNS = {
    "open": Column("?"),
    "start": Column("i8"),
    "calm": Column("i8", -NEVER),  # open: since when nothing was odd (NEVER: it is now); else: until when none may open
}


class Turn(NamedTuple):
    """A reading that belongs to an episode. at: its place in the batch; row: of the table. end: since when it is calm,
    if this closes it."""

    at: int
    row: int
    time: int
    value: float
    kind: int
    score: float
    low: float
    high: float
    end: int | None


def held(table: Table, rows: NDArray[np.int64], time: NDArray[np.int64]) -> Flags:
    """Which of the series have an anomaly that is open for HELD."""
    return np.asarray(table["open"][rows] & (time - table["start"][rows] >= HELD))


class Marks(NamedTuple):
    """Of a round's readings: which belong to an episode, which end it, and since when (µs) theirs is calm."""

    mine: Flags
    closes: Flags
    since: NDArray[np.int64]


def mark(table: Table, rows: NDArray[np.int64], time: NDArray[np.int64], finding: Finding) -> Marks:
    """Opens and closes the episodes of a round."""
    opened, calm, odd = table["open"][rows], table["calm"][rows], finding.score >= ODD
    opens = odd & ~opened & (time >= calm)
    mine = opened | opens
    if not mine.any():
        return Marks(mine, mine, calm)
    still = opens | (opened & (finding.score >= STILL_ODD))
    calm = np.where(still, NEVER, np.where(opened & (calm == NEVER), time, calm))
    closes = opened & ~still & (time - calm >= CALM)
    table["start"][rows[opens]] = time[opens]
    table["open"][rows] = mine & ~closes
    table["calm"][rows] = np.where(closes, time + COOL, calm)
    return Marks(mine, closes, calm)


class Episodes:
    """Tells the episodes of one event, in row order."""

    def __init__(self, event: Event, state: State, kinds: tuple[str, ...]) -> None:
        self._event, self._state, self._kinds = event, state, kinds
        self._open: dict[str, dict[str, Any]] = state.values.setdefault("open", {})

    def take(self, key: Key, turn: Turn) -> Iterator[Event]:
        """A reading of an episode."""
        name = "\x1f".join(key)
        it = self._open.get(name)
        if it is None:
            self._open[name] = it = self._begun(turn)
            yield self._said(key, it, types.ANOMALY_OPENED)
            return
        it["heard"] = now(self._state)
        if turn.score > it["score"]:
            it.update(_furthest(turn), dirty=True)
        if turn.end is not None:
            del self._open[name]
            yield self._said(key, _next(it), types.ANOMALY_CLOSED, turn.end)
        elif it["dirty"] and turn.time - it["told"] >= MINUTE:
            it.update(told=turn.time, dirty=False)
            yield self._said(key, _next(it), types.ANOMALY_UPDATED)

    def silent(self, table: Table, gap: int) -> Iterator[Event]:
        """At a tick: closes what was not heard of for an hour of the clock. gap: by which the clock was blind."""
        for it in self._open.values():
            it["heard"] += gap
        due = now(self._state) - HOUR
        for name in sorted(name for name, it in self._open.items() if it["heard"] <= due):
            key, it = tuple(name.split("\x1f")), self._open.pop(name)
            row = table.find(key)
            if row is not None:
                newest = int(table["newest"][row])
                table["open"][row], table["calm"][row] = False, newest + COOL
                yield self._said(key, _next(it), types.ANOMALY_CLOSED, newest)

    def _begun(self, turn: Turn) -> dict[str, Any]:
        detector = self._kinds[turn.kind]
        first = {"detector": detector, "start": turn.time, "told": turn.time, "version": 1, "dirty": False}
        return {**first, "heard": now(self._state), **_furthest(turn)}

    def _said(self, key: Key, it: dict[str, Any], type: str, end: int | None = None) -> Event:
        tenant, device, metric = key
        id = content_id(tenant, device, metric, it["detector"], it["start"])
        anomaly = Anomaly(
            id=id, device=device, metric=metric, detector=it["detector"], state="open" if end is None else "closed",
            start=it["start"], end=end, peak=it["peak"], peak_time=it["peak_time"], score=it["score"],
            expected=(it["low"], it["high"]), version=it["version"],
        )  # fmt: skip
        name = content_id(id, types.verb(type), it["version"])
        return replace(self._event.child(type, anomaly, subject=device, id=name), tenant=tenant)


def _furthest(turn: Turn) -> dict[str, Any]:
    return {"peak": turn.value, "peak_time": turn.time, "score": turn.score, "low": turn.low, "high": turn.high}


def _next(it: dict[str, Any]) -> dict[str, Any]:
    it["version"] += 1
    return it

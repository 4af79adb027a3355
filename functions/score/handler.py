"""score: telemetry to anomalies. Called by the host for each event of `telemetry` of a shard, in order.

Each reading that is newer than its series' newest is judged by a streaming detector (port detector.py), a round of a
batch at a stroke, and yet row by row per series; what is odd becomes an episode (episodes.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from events import types
from events.clock import forget, move, now
from events.event import Event
from events.ledger import Ledger
from events.readings import Readings, rounds
from events.state import Column, Layout, State, Table
from functions.score import episodes, memory
from functions.score.detector import Block, Detector
from functions.score.episodes import Episodes, Turn
from functions.score.leads import Leads
from functions.score.streams import Streams

NO_TIME = np.iinfo(np.int64).min
LAYOUT = Layout(
    1,
    {
        "series": {
            "newest": Column("i8", NO_TIME),
            "lead": Column("?"),
            "memory": Column("f8", 0.0, memory.WIDTH),
            **episodes.COLUMNS,
        }
    },
)
STAGE = "score"
POSITION = ("lat", "lon")
STREAMS = Streams()


def handle(event: Event, *, state: State, detector: Detector = STREAMS) -> Iterable[Event]:
    """One event of telemetry."""
    if event.type == types.CLOCK_TICKED:
        return list(_tick(event, state, detector))
    if event.type != types.TELEMETRY_VALIDATED:
        return []
    readings: Readings = event.data
    Ledger(state, STAGE).count(in_=len(readings), out=len(readings), late=int(readings.late.sum()))
    return list(_judged(event, state, detector, _scored(readings)))


def _tick(event: Event, state: State, detector: Detector) -> Iterator[Event]:
    gap, table = move(state, event.data), state.tables["series"]
    yield from Episodes(event, state, tuple(detector.kinds)).silent(table, gap)
    size = len(table)
    forget(table, now(state), lambda table: table["open"][: len(table)])
    if len(table) < size:
        Leads.of(state).renew()
    yield from Ledger(state, STAGE).passed(event)


def _scored(readings: Readings) -> Readings:
    """Numbers, but a position."""
    scored = ~np.isnan(readings.value)
    for code, name in enumerate(readings.metrics):
        if name in POSITION:
            scored &= readings.metric != code
    return readings if scored.all() else readings.take(scored)


def _judged(event: Event, state: State, detector: Detector, readings: Readings) -> Iterator[Event]:
    table, size = state.tables["series"], len(state.tables["series"])
    at = table.rows([(event.tenant, *key) for key in readings.series()], now(state))
    if len(table) > size:
        Leads.of(state).add(size)
    turns: list[Turn] = []
    for batch in rounds(at):
        newer = readings.time[batch] > table["newest"][at[batch]]
        fresh = batch if newer.all() else batch[newer]
        turns += _round(table, detector, at[fresh], fresh, readings)
    told = Episodes(event, state, tuple(detector.kinds))
    for turn in sorted(turns, key=lambda turn: turn.at):
        yield from told.take(table.keys[turn.row], turn)


def _round(
    table: Table, detector: Detector, rows: NDArray[np.int64], at: NDArray[np.int64], readings: Readings
) -> Iterator[Turn]:
    time, value, newest = readings.time[at], readings.value[at], table["newest"][rows]
    gap = np.where(newest == NO_TIME, 0.0, (time.astype(np.float64) - newest.astype(np.float64)) / 1e6)
    columns = np.ascontiguousarray(table["memory"][rows].T)
    held = episodes.held(table, rows, time)
    finding = detector.judge(Block(value, gap, table["lead"][rows], table["open"][rows], held), columns)
    table["newest"][rows], table["memory"][rows] = time, columns.T
    marks = episodes.mark(table, rows, time, finding)
    for i in np.flatnonzero(marks.mine).tolist():
        yield Turn(
            int(at[i]), int(rows[i]), int(time[i]), float(value[i]), int(finding.kind[i]), float(finding.score[i]),
            float(finding.low[i]), float(finding.high[i]), int(marks.since[i]) if marks.closes[i] else None,
        )  # fmt: skip

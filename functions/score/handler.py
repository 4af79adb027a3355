"""score: telemetry to anomalies. Called by the host for each event of `telemetry` of a shard, in order.

One anomaly is one episode: opened at once, closed when its series has been calm for CALM.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from events import types
from events.clock import forget, move, now
from events.event import Event, content_id
from events.ledger import Ledger
from events.payloads import Anomaly
from events.readings import Readings, rounds
from events.state import Column, Layout, State, Table

NO_TIME = np.iinfo(np.int64).min
LAYOUT = Layout(1, {"series": {
    "newest": Column("i8", NO_TIME), "n": Column("i8"), "level": Column("f8"), "spread": Column("f8"),
    "start": Column("i8"), "odd": Column("i8"), "peak": Column("f8"), "peak_time": Column("i8"), "score": Column("f8"),
    "low": Column("f8"), "high": Column("f8"), "version": Column("i8"),
}})  # fmt: skip
STAGE = "score"
WARM, RATE, HIGH, LOW, CALM = 60, 0.02, 8.0, 4.0, 60_000_000


def handle(event: Event, *, state: State) -> Iterable[Event]:
    """One event of telemetry."""
    if event.type == types.CLOCK_TICKED:
        move(state, event.data)
        forget(state.tables["series"], now(state), lambda table: table["start"][: len(table)] != 0)
        return list(Ledger(state, STAGE).passed(event))
    return list(_rows(event, state)) if event.type == types.TELEMETRY_VALIDATED else []


def _rows(event: Event, state: State) -> Iterator[Event]:
    readings: Readings = event.data
    Ledger(state, STAGE).count(in_=len(readings), out=len(readings), late=int(readings.late.sum()))
    table = state.tables["series"]
    at = table.rows([(event.tenant, *key) for key in readings.series()], now(state))
    for batch in rounds(at):
        rows, time, value = at[batch], readings.time[batch], readings.value[batch]
        fit = (time > table["newest"][rows]) & ~np.isnan(value)
        yield from _judge(event, table, rows[fit], time[fit], value[fit])


def _judge(
    event: Event, table: Table, rows: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
) -> Iterator[Event]:
    table["newest"][rows] = time
    first = table["n"][rows] == 0
    table["level"][rows[first]] = value[first]
    level, spread = table["level"][rows], table["spread"][rows]
    sigma = np.maximum(1.25 * spread, 1e-6 * (1 + np.abs(level)))
    away = value - level
    score = np.where(table["n"][rows] >= WARM, np.abs(away) / sigma, 0.0)
    rate = np.maximum(RATE, 1 / (1 + table["n"][rows]))
    learnt = np.where(table["n"][rows] < WARM, away, np.clip(away, -3 * sigma, 3 * sigma))
    table["level"][rows] = level + rate * learnt
    table["spread"][rows] = spread + rate * (np.abs(learnt) - spread)
    table["n"][rows] += 1
    opened = table["start"][rows] != 0
    for i in np.flatnonzero(opened | (score > HIGH)).tolist():
        yield from _episode(
            event, table, int(rows[i]), int(time[i]), float(value[i]), float(score[i]), float(level[i]), float(sigma[i])
        )


def _episode(
    event: Event, table: Table, row: int, time: int, value: float, score: float, level: float, sigma: float
) -> Iterator[Event]:
    if not table["start"][row]:
        for column, now_ in {
            "start": time,
            "score": score,
            "peak": value,
            "peak_time": time,
            "version": 1,
            "low": level - HIGH * sigma,
            "high": level + HIGH * sigma,
        }.items():
            table[column][row] = now_
        table["odd"][row] = time
        yield _said(event, table, row, types.ANOMALY_OPENED, None)
        return
    if score > LOW:
        table["odd"][row] = time
    if time - table["odd"][row] >= CALM:
        table["version"][row] += 1
        yield _said(event, table, row, types.ANOMALY_CLOSED, time)
        table["start"][row] = 0


def _said(event: Event, table: Table, row: int, type: str, end: int | None) -> Event:
    tenant, device, metric = table.keys[row]
    start, version = int(table["start"][row]), int(table["version"][row])
    id = content_id(tenant, device, metric, "level", start)
    anomaly = Anomaly(
        id=id, device=device, metric=metric, detector="level", state="open" if end is None else "closed", start=start,
        end=end, peak=float(table["peak"][row]), peak_time=int(table["peak_time"][row]), score=float(table["score"][row]),
        expected=(float(table["low"][row]), float(table["high"][row])), version=version,
    )  # fmt: skip
    return event.child(type, anomaly, subject=device, id=content_id(id, types.verb(type), version))

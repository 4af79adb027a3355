"""A score that needs three readings: odd is what is more than 10 from the mean of what was not. It stands for the
detector where a test is about the host, so that few readings already open and close anomalies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from events import types
from events.clock import forget, move, now
from events.event import Event, content_id
from events.ledger import Ledger
from events.payloads import Anomaly
from events.state import Column, Layout, State

LAYOUT = Layout(
    1,
    {
        "series": {
            "newest": Column("i8", np.iinfo(np.int64).min),
            "n": Column("i8"),
            "sum": Column("f8"),
            "open": Column("i8"),
        }
    },
)


def handle(event: Event, *, state: State) -> Iterable[Event]:
    """One event of telemetry."""
    if event.type == types.CLOCK_TICKED:
        move(state, event.data)
        forget(state.tables["series"], now(state), lambda table: table["open"][: len(table)] != 0)
        return list(Ledger(state, "score").passed(event))
    return list(_rows(event, state)) if event.type == types.TELEMETRY_VALIDATED else []


def _rows(event: Event, state: State) -> Iterator[Event]:
    table = state.tables["series"]
    Ledger(state, "score").count(in_=len(event.data), out=len(event.data), late=int(event.data.late.sum()))
    for r in event.data.rows():
        row = int(table.rows([(r.device, r.metric)], now(state))[0])
        if r.time <= table["newest"][row]:
            continue
        table["newest"][row] = r.time
        n, opened = int(table["n"][row]), int(table["open"][row])
        odd = n > 1 and abs(r.value - table["sum"][row] / n) > 10
        if odd and not opened:
            table["open"][row] = r.time
            yield _said(event, types.ANOMALY_OPENED, r.device, r.metric, r.time, None, r.value)
        elif not odd:
            if opened:
                yield _said(event, types.ANOMALY_CLOSED, r.device, r.metric, opened, r.time, r.value)
            table["open"][row] = 0
            table["n"][row], table["sum"][row] = n + 1, table["sum"][row] + r.value


def _said(event: Event, type: str, device: str, metric: str, start: int, end: int | None, value: float) -> Event:
    id = content_id(event.tenant, device, metric, "toy", start)
    version = 1 if end is None else 2
    anomaly = Anomaly(
        id=id, device=device, metric=metric, detector="toy", state="open" if end is None else "closed",
        start=start, end=end,
        peak=value, peak_time=start, score=9.0, expected=(0.0, 10.0), version=version,
    )  # fmt: skip
    return event.child(type, anomaly, subject=device, id=content_id(id, types.verb(type), version))

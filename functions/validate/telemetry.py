"""A batch of readings, checked row by row: refused, a repeat, a revision, late, or good. Used by handler.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from events import types
from events.clock import now
from events.event import Event
from events.ledger import Ledger
from events.readings import FRESH, REPEATED, Readings
from events.registry import Definitions
from events.state import State
from functions.validate import series
from functions.validate.admission import REASONS, Admission, out_of_limits, refused, rejections
from functions.validate.standing import heard

STAGE = "validate"


def checked(event: Event, state: State, admission: Admission) -> Iterator[Event]:
    readings: Readings = event.data
    definitions, ledger = Definitions.of(state, event.tenant), Ledger(state, STAGE)
    known = np.array([_admitted(event.tenant, device, definitions, admission) for device in readings.devices], np.bool_)
    reason = refused(readings, known, admission)
    table = state.tables["series"]
    before, alive = len(table), np.flatnonzero(reason == 0)
    keys = [(event.tenant, device, metric) for device, metric in readings.take(alive).series()]
    at = table.rows(keys, now(state))
    series.limit(table, definitions, range(before, len(table)))
    reason[alive] = out_of_limits(readings.take(alive), table, at)
    passed = reason[alive] == 0
    alive, at = alive[passed], at[passed]
    good = readings if len(alive) == len(readings) else readings.take(alive)
    kind = series.judge(table, at, good.time, series.identity_values(good))
    good = _marked(good, kind)
    ledger.count(
        in_=len(readings), out=len(good), duplicates=int((kind == series.DUPLICATE).sum()),
        revised=int(good.revised.sum()), late=int(good.late.sum()),
    )  # fmt: skip
    for code in np.unique(reason[reason > 0]).tolist():
        ledger.reject(REASONS[code], int((reason == code).sum()))
    if len(good):
        yield event.child(types.TELEMETRY_VALIDATED, good)
    yield from heard(event, state, good, definitions)
    for rejected in rejections(readings, reason):
        yield event.child(types.READING_REJECTED, rejected, subject=rejected.device)


def _admitted(tenant: str, device: str, definitions: Definitions, admission: Admission) -> bool:
    defined = definitions.device(device)
    return admission.registers(tenant) if defined is None else defined.enabled


def _marked(readings: Readings, kind: NDArray[np.uint8]) -> Readings:
    """Without duplicates; late and revised set. Of a redelivery only what is newer than its series' newest is a
    sign of life."""
    if not kind.any():
        if not (readings.delivery == REPEATED).any():
            return readings
        return replace(
            readings, delivery=np.where(readings.delivery == REPEATED, FRESH, readings.delivery).astype(np.uint8)
        )
    late = (kind == series.LATE) | (kind == series.LATE_REVISED)
    revised = (kind == series.REVISED) | (kind == series.LATE_REVISED)
    delivery = np.where((readings.delivery == REPEATED) & (kind == series.NEW), FRESH, readings.delivery).astype(
        np.uint8
    )
    marked = replace(readings, late=late, revised=revised, delivery=delivery)
    return marked.take(kind != series.DUPLICATE)

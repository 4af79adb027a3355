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
    known = [_admitted(event.tenant, device, definitions, admission) for device in readings.devices]
    reason = refused(readings, np.array(known, np.bool_), admission)
    table = state.tables["series"]
    good, before = _unless(reason, readings), len(table)
    at = table.rows([(event.tenant, *key) for key in good.series()], now(state))
    series.limit(table, definitions, range(before, len(table)))
    strange = out_of_limits(good, table, at)
    if strange.any():
        reason[reason == 0] = strange
        good, at = _unless(strange, good), at[strange == 0]
    kind = series.judge(table, at, good.time, series.identity_values(good))
    good = _marked(good, kind)
    ledger.count(
        in_=len(readings), out=len(good), duplicates=int(np.count_nonzero(kind == series.DUPLICATE)),
        revised=int(np.count_nonzero(good.revised)), late=int(np.count_nonzero(good.late)),
    )  # fmt: skip
    if len(good):
        yield event.child(types.TELEMETRY_VALIDATED, good)
    yield from heard(event, state, good, definitions)
    if reason.any():
        yield from _refuse(event, readings, reason, ledger)


def _unless(reason: NDArray[np.uint8], readings: Readings) -> Readings:
    """Those that there is no reason against."""
    return readings.take(reason == 0) if reason.any() else readings


def _refuse(event: Event, readings: Readings, reason: NDArray[np.uint8], ledger: Ledger) -> Iterator[Event]:
    for code in np.unique(reason[reason > 0]).tolist():
        ledger.reject(REASONS[code], int(np.count_nonzero(reason == code)))
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

"""validate: the inbox, checked. Called by the host for each inbox record of a shard, in order.

Gives `telemetry` (good readings, ticks, commands and definitions, in the order of the inbox), `rejected`, `device`
and its ledger. What is wrong goes reading by reading; good neighbours pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from events import types
from events.clock import NEVER, forget, move, now
from events.event import Event, content_id
from events.ledger import Ledger
from events.payloads import Blind, Refused, Rejected, Ticked
from events.state import Layout, State, Table
from functions.validate import devices, series
from functions.validate.admission import Admission
from functions.validate.standing import define, offline
from functions.validate.telemetry import STAGE, checked

LAYOUT = Layout(1, {"series": series.COLUMNS, "device": devices.COLUMNS}, deadlines={"device": "deadline"})
DEFAULT = Admission()
TICK_FOR = 75 * 60_000_000
"""A shard is in use for so long (µs) after anything but a tick; a gap that begins later is sleep, not blindness."""

FORGET_WRITER = 2 * 3_600_000_000


def handle(event: Event, *, state: State, admission: Admission = DEFAULT) -> Iterable[Event]:
    """One inbox record: readings, a refused payload, a tick, a command or a definition."""
    _count_lost(event, state)
    if event.type == types.CLOCK_TICKED:
        return list(_tick(event, state))
    state.values["used"] = now(state)
    if event.type == types.TELEMETRY_RECEIVED:
        return list(checked(event, state, admission))
    if event.type == types.PAYLOAD_REFUSED:
        return [_refuse(event, state)]
    if event.type == types.DEFINITION_CHANGED:
        return [event.child(event.type, event.data, subject=event.subject), *define(event, state)]
    return [event.child(event.type, event.data, subject=event.subject)]


def _tick(event: Event, state: State) -> Iterator[Event]:
    tick: Ticked = event.data
    tickers: dict[str, int] = state.values.setdefault("tickers", {})
    tickers[str(tick.ticker)] = max(tick.clock, tickers.get(str(tick.ticker), 0))
    for gone in [name for name in tickers if int(name) >= tick.tickers]:
        del tickers[gone]
    lowest, held = min(tickers.values()), now(state)
    if lowest <= held:
        return
    forwarded = Ticked(clock=lowest)
    yield event.child(types.CLOCK_TICKED, forwarded, time=lowest)
    gap = move(state, forwarded)
    used = state.values.setdefault("used", lowest)
    writers = state.values.setdefault("writers", {})
    if gap:
        if held and held - used < TICK_FOR:
            id = content_id(event.tenant, "blind", event.shard, held)
            yield event.child(
                types.PLATFORM_BLIND, Blind(shard=event.shard, start=held, end=lowest), id=id, time=lowest
            )
        state.values["used"] = lowest
    yield from offline(event, state)
    forget(state.tables["series"], lowest)
    forget(state.tables["device"], lowest, _awaited)
    for writer in [writer for writer, (_, heard) in writers.items() if heard and lowest - heard > FORGET_WRITER]:
        del writers[writer]
    yield from Ledger(state, STAGE).passed(event)


def _awaited(table: Table) -> NDArray[np.bool_]:
    """Devices with a deadline to come: something is still to be told of them."""
    awaited: NDArray[np.bool_] = table["deadline"][: len(table)] != NEVER
    return awaited


def _count_lost(event: Event, state: State) -> None:
    writers: dict[str, list[int]] = state.values.setdefault("writers", {})
    last = writers.get(event.writer)
    if last is not None and event.count > last[0] + 1:
        Ledger(state, STAGE).count(lost=event.count - last[0] - 1)
    writers[event.writer] = [max(event.count, last[0] if last else 0), now(state)]


def _refuse(event: Event, state: State) -> Event:
    refused: Refused = event.data
    ledger = Ledger(state, STAGE)
    ledger.count(in_=1)
    ledger.reject(refused.reason)
    rejected = Rejected(
        device=refused.device, reason=refused.reason, detail=refused.detail, received=refused.received,
        field=refused.field, payload=refused.payload, length=refused.length, sha256=refused.sha256,
    )  # fmt: skip
    return event.child(types.READING_REJECTED, rejected, subject=refused.device)

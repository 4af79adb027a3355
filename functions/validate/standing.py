"""How devices stand: registered, online, offline, seen, changed by a definition. Used by handler.py and
telemetry.py; at most one device event a device and record, each the whole document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from events import types
from events.clock import NEVER, due, now
from events.event import Event, content_id
from events.payloads import Changed
from events.readings import FRESH, Readings
from events.registry import Definitions
from events.state import State, Table
from functions.validate import devices, series


def offline(event: Event, state: State) -> Iterator[Event]:
    """Devices whose silence has come to its end, of every tenant."""
    table = state.tables["device"]
    for row in due(table, "deadline", now(state)):
        table["deadline"][row] = NEVER
        table["state"][row] = devices.OFFLINE
        tenant = table.keys[row][0]
        yield _device_event(
            replace(event, tenant=tenant), types.DEVICE_OFFLINE, state, row, Definitions.of(state, tenant)
        )


def heard(event: Event, state: State, good: Readings, definitions: Definitions) -> Iterator[Event]:
    """Device events of the devices that gave a sign of life: at most one a device and record."""
    fresh = good if not good.delivery.any() else good.take(good.delivery == FRESH)
    if not len(fresh):
        return
    table, clock = state.tables["device"], now(state)
    before = len(table)
    named = list(dict.fromkeys(fresh.device.tolist()))
    rows = table.rows([(event.tenant, fresh.devices[code]) for code in named], clock)
    table["created"][before : len(table)] = fresh.received[0]
    of_code = np.zeros(len(fresh.devices), np.int64)
    of_code[named] = rows
    devices.hear(table, of_code[fresh.device], fresh)
    devices.arm(table, rows, definitions, clock)
    changes = (rows >= before) | (table["state"][rows] != devices.ONLINE)
    changes |= table["received"][rows] - table["said"][rows] >= devices.SEEN_EVERY
    for row in rows[changes].tolist():
        verb = _verb(table, row, row >= before)
        table["state"][row] = devices.ONLINE
        if verb is not None:
            yield _device_event(event, verb, state, row, definitions)


def _verb(table: Table, row: int, new: bool) -> str | None:
    if new:
        return types.DEVICE_REGISTERED
    if table["state"][row] != devices.ONLINE:
        return types.DEVICE_ONLINE
    return types.DEVICE_SEEN if table["received"][row] - table["said"][row] >= devices.SEEN_EVERY else None


def _device_event(
    event: Event, type: str, state: State, row: int, definitions: Definitions, deleted: bool = False
) -> Event:
    table = state.tables["device"]
    devices.say(table, row)
    document = devices.document(table, row, definitions, event.offset + 1, deleted)
    id = content_id(event.tenant, "device", document.id, types.verb(type), document.version)
    return event.child(type, document, subject=document.id, id=id)


def define(event: Event, state: State) -> Iterator[Event]:
    """A definition takes effect here: limits of series anew, and the device's standing."""
    changed: Changed = event.data
    definitions = Definitions.of(state, event.tenant)
    if not definitions.change(changed):
        return
    if changed.kind != "rule":
        table, whose = state.tables["series"], (event.tenant, changed.id)
        named = 1 if changed.kind == "profile" else 2  # a profile may be any device's
        series.limit(table, definitions, [row for row, key in enumerate(table.keys) if key[:named] == whose[:named]])
    if changed.kind == "device":
        yield from _defined_device(event, state, changed, definitions)


def _defined_device(event: Event, state: State, changed: Changed, definitions: Definitions) -> Iterator[Event]:
    table = state.tables["device"]
    key = (event.tenant, changed.id)
    defined = definitions.device(changed.id)
    row = table.find(key)
    if defined is None:
        if row is not None:
            yield _device_event(event, types.DEVICE_CHANGED, state, row, definitions, deleted=True)
            gone = np.zeros(len(table), np.bool_)
            gone[row] = True
            table.drop(gone)
        return
    if row is None:
        row = int(table.rows([key], now(state))[0])
        table["created"][row] = event.time
    if not defined.enabled:
        table["state"][row], table["deadline"][row] = devices.DISABLED, NEVER
    elif table["state"][row] == devices.DISABLED:
        table["state"][row] = devices.OFFLINE
    yield _device_event(event, types.DEVICE_CHANGED, state, row, definitions)

"""What validate knows of each device: when it was last heard, how often it usually is, and from when on it is offline.

Used by handler.py. Silence runs on the clock of the log; the usual interval is learnt from when its messages came in.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from events.clock import GRACE, NEVER
from events.definitions import microseconds
from events.payloads import DeviceState
from events.readings import Readings, rounds
from events.registry import Definitions
from events.state import Column, Table

UNSEEN = np.iinfo(np.int64).min
OFFLINE, ONLINE, DISABLED = 0, 1, 2
COLUMNS = {
    "state": Column("u1", OFFLINE),
    "created": Column("i8", 0),
    "received": Column("i8", UNSEEN),
    "time": Column("i8", UNSEEN),
    "beat": Column("i8", UNSEEN),  # device time of the reading that came with `received`
    "interval": Column("f8", np.nan),  # µs
    "said": Column("i8", UNSEEN),  # `received` as last told by a device event; earlier where `say` spreads them
    "deadline": Column("i8", NEVER),
}
SEEN_EVERY = 60_000_000
"""last_received and last_time are renewed at most so often (µs)."""

SHORTEST, LONGEST, UNKNOWN = 5_000_000, 3_600_000_000, 300_000_000
"""Bounds of the silence after which a device is offline, and what is taken while its interval is not known (µs)."""


def hear(table: Table, at: NDArray[np.int64], heard: Readings) -> None:
    """Takes note of fresh readings, in order; at: the table's row of each."""
    np.maximum.at(table["time"], at, heard.time)
    first = _messages(at, heard.received)
    for batch in rounds(at[first]):
        rows = at[first[batch]]
        received, time = heard.received[first[batch]], heard.time[first[batch]]
        newer = received > table["received"][rows]
        _beat(table, rows[newer], received[newer], time[newer])


def _messages(at: NDArray[np.int64], received: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first reading of each device and time of receipt, in order. Most of a message stand side by side."""
    begins = np.ones(len(at), np.bool_)
    begins[1:] = (at[1:] != at[:-1]) | (received[1:] != received[:-1])
    first: dict[tuple[int, int], int] = {}
    candidates = np.flatnonzero(begins)
    for place in zip(at[candidates].tolist(), received[candidates].tolist(), candidates.tolist(), strict=True):
        first.setdefault(place[:2], place[2])
    return np.fromiter(first.values(), np.int64, len(first))


def _beat(table: Table, rows: NDArray[np.int64], received: NDArray[np.int64], time: NDArray[np.int64]) -> None:
    known = table["received"][rows] != UNSEEN
    came = np.where(known, received - table["received"][rows], 0)
    passed = np.where(known, time - table["beat"][rows], 0)
    gap = np.maximum(came, passed).astype(np.float64)
    usual = table["interval"][rows]
    learnt = np.where(np.isnan(usual), gap, usual + 0.1 * (np.minimum(gap, 4 * usual) - usual))
    table["interval"][rows] = np.where(known, learnt, usual)
    table["received"][rows], table["beat"][rows] = received, time


def say(table: Table, row: int) -> None:
    """Notes that a device event tells of it now. Those that came together, as a fleet does after a power failure, are
    spread over the minute: else all would be told in the same seconds of every minute."""
    received, said = int(table["received"][row]), int(table["said"][row])
    if received != UNSEEN:
        begins = said == UNSEEN or received - said >= 2 * SEEN_EVERY
        table["said"][row] = received - (crc32("/".join(table.keys[row]).encode()) % SEEN_EVERY if begins else 0)


def silence(table: Table, rows: NDArray[np.int64], definitions: Definitions) -> NDArray[np.int64]:
    """After how long (µs) without a reading these devices are offline."""
    interval = table["interval"][rows]
    silent = np.where(np.isnan(interval), UNKNOWN, np.clip(3 * interval, SHORTEST, LONGEST)).astype(np.int64)
    for i, row in enumerate(rows.tolist()):
        profile = definitions.profile(table.keys[row][1])
        if profile is not None and profile.offline_after is not None:
            silent[i] = min(LONGEST, microseconds(profile.offline_after))
    return silent


def arm(table: Table, rows: NDArray[np.int64], definitions: Definitions, clock: int) -> None:
    """Sets deadlines anew, from the clock at the devices' last record."""
    table["deadline"][rows] = clock + silence(table, rows, definitions) + GRACE


def document(table: Table, row: int, definitions: Definitions, version: int, deleted: bool = False) -> DeviceState:
    """The state part of the device's document."""
    device = table.keys[row][1]
    profile = definitions.profile(device)
    received, time = int(table["received"][row]), int(table["time"][row])
    return DeviceState(
        id=device, state=_name(int(table["state"][row]), received), profile=profile.id if profile else None,
        created=int(table["created"][row]), last_received=None if received == UNSEEN else received,
        last_time=None if time == UNSEEN else time, version=version, deleted=deleted,
    )  # fmt: skip


def _name(state: int, received: int) -> Literal["online", "offline", "never_seen", "disabled"]:
    if state == DISABLED:
        return "disabled"
    if received == UNSEEN:
        return "never_seen"
    return "online" if state == ONLINE else "offline"

"""Silence of devices and metrics, on the clock of the log alone. Called by batch.py (signs of life) and handler.py
(ticks).

A deadline is a row (tenant, device, metric, rule) of the table `silence`; metric "" stands for the device as a
whole. It is armed by each sign of life: the clock there, plus the rule's `for`, plus the grace. A gap of the clock
moves it. A device that never gave a sign of life has none armed: it is not missing. Times of these alerts are the
clock's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from events.clock import NEVER, due, postpone
from events.definitions import Missing, Rule
from events.state import Column
from functions.alert import lifecycle, message
from functions.alert.conditions import Spot, silence
from functions.alert.lifecycle import UPDATE_EVERY, Finding
from functions.alert.turn import Turn

COLUMNS = {"deadline": Column("i8", NEVER), "watched": Column("?")}


def rows(turn: Turn, keys: Sequence[Spot | tuple[str, str, str]]) -> NDArray[np.int64]:
    """The rows of some series in `series`; those that are new get their deadlines, not yet armed."""
    series, table = turn.state.tables["series"], turn.state.tables["silence"]
    before = len(series)
    found = series.rows(keys, turn.clock)
    for key in series.keys[before:]:
        table.rows(turn.book.silences(Spot(*key)), turn.clock)
    turn.book.grow()
    return found


def renew(turn: Turn, rows: NDArray[np.int64], alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Readings came in these rows of `series`; `alive`: as signs of life. Returns which of them may end an alert."""
    series, table = turn.state.tables["series"], turn.state.tables["silence"]
    series["heard"][rows[alive]] = turn.clock
    deadlines = turn.book.deadlines[rows]
    there = deadlines >= 0
    table["touched"][deadlines[there]] = turn.clock
    moved = deadlines[there & alive[:, None]]
    table["deadline"][moved] = turn.clock + turn.book.after[moved]
    ends: NDArray[np.bool_] = alive & (there & table["watched"][deadlines]).any(axis=1)
    return ends


def heard(turn: Turn, spot: Spot) -> None:
    """A sign of life where something was missing."""
    for *at, rule in turn.book.silences(spot):
        there = Spot(*at)
        watch = turn.find(there, rule)
        if watch is None:
            continue
        watch["resolved"] = False
        if lifecycle.is_active(watch):
            lifecycle.clear(turn, there, watch, turn.clock)
        lifecycle.settle(turn, there, rule, watch, turn.clock)


def fall_due(turn: Turn) -> None:
    """Raises what is missing now, in the order of (tenant, device, metric, rule)."""
    table = turn.state.tables["silence"]
    for row in due(table, "deadline", turn.clock):
        *at, id = table.keys[row]
        spot = Spot(*at)
        rule = turn.book.definitions(spot.tenant).get("rule", id)
        table["deadline"][row] = _miss(turn, spot, rule, rule.when, int(table["deadline"][row]))


def _miss(turn: Turn, spot: Spot, rule: Rule, when: Missing, deadline: int) -> int:
    """Raises an alert, or tells that it is active again; returns when to come back, if that may not be told yet."""
    watch = turn.watch(spot, rule.id)
    if not lifecycle.is_active(watch):
        finding = Finding(deadline, deadline, None, silence(when) / 1e6, message.silent(spot, when))
        lifecycle.fire(turn, spot, rule, finding)
    elif watch["alarm"] is not None and lifecycle.is_due(watch["alarm"], deadline):
        lifecycle.tell(turn, spot, watch["alarm"], deadline)
    alarm = watch["alarm"]
    return NEVER if alarm is None or alarm["said"][0] == "active" else alarm["told"] + UPDATE_EVERY


def blind(turn: Turn, gap: int) -> None:
    """Nothing was seen for so long (µs): every armed deadline moves by it."""
    postpone(turn.state.tables["silence"], "deadline", gap)
    postpone(turn.state.tables["series"], "heard", gap)


def disarm(turn: Turn, device: str) -> None:
    """A device was deleted or disabled: it is as if it had never been heard of."""
    whose = (turn.event.tenant, device)
    for table, column in ((turn.state.tables["silence"], "deadline"), (turn.state.tables["series"], "heard")):
        table[column][[row for row, key in enumerate(table.keys) if key[:2] == whose]] = NEVER


def rescope(turn: Turn, device: str | None = None, anew: str | None = None) -> None:
    """Rules look elsewhere now (of a device, or anywhere in the tenant): deadlines go and come. anew: a rule that
    begins again."""
    table, series = turn.state.tables["silence"], turn.state.tables["series"]

    def concerned(key: tuple[str, ...]) -> bool:
        return key[0] == turn.event.tenant and device in (None, key[1])

    gone = [concerned(key) and (key[3] == anew or not turn.book.looks(key[3], Spot(*key[:3]))) for key in table.keys]
    if any(gone):
        table.drop(np.array(gone, np.bool_))
    new = len(table)
    for row, key in enumerate(series.keys):
        if concerned(key):
            _arm(turn, table.rows(turn.book.silences(Spot(*key)), turn.clock), new, int(series["heard"][row]))


def _arm(turn: Turn, rows: NDArray[np.int64], new: int, heard: int) -> None:
    """Deadlines from row `new` on count from the last sign of life of any of their series."""
    table = turn.state.tables["silence"]
    for row in rows.tolist() if heard != NEVER else ():
        held, deadline = (
            int(table["deadline"][row]),
            heard + turn.book.silence_of(turn.event.tenant, table.keys[row][3]),
        )
        if row >= new and (held == NEVER or held < deadline):
            table["deadline"][row] = deadline

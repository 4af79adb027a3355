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

from events.clock import GRACE, NEVER, due, postpone
from events.definitions import Missing, Rule
from events.state import Column, Key, Table
from functions.alert import lifecycle, message
from functions.alert.conditions import Spot, silence
from functions.alert.lifecycle import UPDATE_EVERY, Finding
from functions.alert.turn import Turn

COLUMNS = {"deadline": Column("i8", NEVER), "watched": Column("?")}


def rows(turn: Turn, keys: Sequence[Spot | tuple[str, str, str]]) -> NDArray[np.int64]:
    """The rows of some series in `series`; those that are new get their deadlines, not yet armed."""
    series = turn.state.tables["series"]
    before = len(series)
    found = series.rows(keys, turn.clock)
    for key in series.keys[before:]:
        _enter(turn, Spot(*key))
    turn.book.grow()
    return found


def renew(turn: Turn, rows: NDArray[np.int64], alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Readings came in these rows of `series`; `alive`: as signs of life. Returns which of them may end an alert."""
    series, table = turn.state.tables["series"], turn.state.tables["silence"]
    series["heard"][rows[alive]] = turn.clock
    deadlines = turn.book.deadlines(rows)
    there = deadlines >= 0
    table["touched"][deadlines[there]] = turn.clock
    moved = deadlines[there & alive[:, None]]
    table["deadline"][moved] = turn.clock + turn.book.after(moved)
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
            lifecycle.clear(turn, there, watch, turn.clock, message=message.heard(there))
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
    watch = turn.watch(spot, rule.id, reads=False)
    if not lifecycle.is_active(watch):
        finding = Finding(deadline, turn.clock, None, (silence(when) - GRACE) / 1e6, message.silent(spot, when))
        lifecycle.fire(turn, spot, rule, watch, finding)
    elif watch["alarm"] is not None and lifecycle.is_due(watch["alarm"], turn.clock):
        lifecycle.tell(turn, spot, watch["alarm"], turn.clock)
    alarm = watch["alarm"]
    return NEVER if alarm is None or alarm["said"][0] == "active" else alarm["told"] + UPDATE_EVERY


def blind(turn: Turn, gap: int) -> None:
    """Nothing was seen for so long (µs): the last sign of life moves by it, as the deadlines did (clock.move)."""
    postpone(turn.state.tables["series"], "heard", gap)


def disarm(turn: Turn, device: str) -> None:
    """A device was deleted or disabled: it is as if it had never been heard of."""
    whose = (turn.event.tenant, device)
    for table, column in ((turn.state.tables["silence"], "deadline"), (turn.state.tables["series"], "heard")):
        table[column][[row for row, key in enumerate(table.keys) if key[:2] == whose]] = NEVER


def rescope(turn: Turn, device: str | None = None, anew: str | None = None) -> None:
    """Rules look elsewhere now (of a device, or anywhere in the tenant): deadlines go and come. anew: a rule that
    begins again."""
    table, look = turn.state.tables["silence"], turn.book.look
    gone = np.zeros(len(table), np.bool_)
    for row in _concerned(turn, table, device):
        *at, rule = table.keys[row]
        gone[row] = rule == anew or rule not in look(Spot(*at)).ids
    if gone.any():
        table.drop(gone)
    _arm(turn, _concerned(turn, turn.state.tables["series"], device))


def _concerned(turn: Turn, table: Table, device: str | None) -> list[int]:
    tenant = turn.event.tenant
    return [row for row, key in enumerate(table.keys) if (device is None or key[1] == device) and key[0] == tenant]


def _arm(turn: Turn, rows: list[int]) -> None:
    """New deadlines of series already known count from the last sign of life, but lie ahead: no alert of before has the
    same."""
    series, table = turn.state.tables["series"], turn.state.tables["silence"]
    heard: dict[int, int] = {}
    before = len(table)
    for row in rows:
        keys, at = _enter(turn, Spot(*series.keys[row])), int(series["heard"][row])
        for deadline in (table.index[key] for key in keys if at != NEVER):
            heard[deadline] = max(at, heard.get(deadline, at))
    for deadline, at in heard.items():
        if deadline >= before:
            after = turn.book.silence_of(turn.event.tenant, table.keys[deadline][3])
            table["deadline"][deadline] = max(at + after, turn.clock + 1)


def _enter(turn: Turn, spot: Spot) -> list[Key]:
    """The deadlines of a series; those that are new are not yet armed."""
    table, keys = turn.state.tables["silence"], turn.book.silences(spot)
    new = [key for key in keys if key not in table.index]
    if new:
        table.rows(new, turn.clock)
    return keys

"""Finds what of an event makes a function fail, on a copy of its state. Used by shard.py at an event's second failure.

Rows are tried in order: a row is given up if the rows before it (without those given up) pass and it does not. Since
rows are judged in order, a longer prefix fails wherever a shorter one does, and the first bad row is found by
halving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from events.checkpoint import Verdict
from events.clock import due
from events.deliver import Member, run
from events.event import Event
from events.handler import Retry
from events.payloads import Ticked
from events.readings import Readings
from events.state import State


def judge(member: Member, before: bytes, event: Event, blank: Verdict) -> Verdict | None:
    """The verdict on an event that failed again; None if nothing in it is found that fails. `before`: the dump of
    the state that it met; `blank`: names the event."""

    def passes(verdict: Verdict) -> bool:
        state = State(member.state.layout)
        state.thaw(before)
        try:
            run(member.function.bind(state), state, event, verdict)
        except Retry:
            raise
        except Exception:
            return False
        finally:
            for buffer in member.function.buffers:
                buffer.discard(event.shard)
        return True

    if isinstance(event.data, Readings):
        rows = tuple(range(len(event.data)))
        bad = failing(rows, lambda some: passes(replace(blank, rows=tuple(r for r in rows if r not in set(some)))))
        verdict = replace(blank, rows=bad)
    elif isinstance(event.data, Ticked):
        rows_due = _deadlines(member, before, event.data)
        off = failing(
            rows_due, lambda some: passes(replace(blank, deadlines=tuple(d for d in rows_due if d not in some)))
        )
        verdict = replace(blank, deadlines=off)
    else:
        return replace(blank, whole=True)
    return verdict if (verdict.rows or verdict.deadlines) and passes(verdict) else None


T = TypeVar("T")


def failing(items: Sequence[T], passes: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """The items that fail, each found as the end of the shortest prefix (without those found before) that fails."""
    good: list[T] = list(items)
    bad: list[T] = []
    while not passes(good):
        low, high = 0, len(good)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if passes(good[: middle + 1]) else (low, middle)
        if low == len(good):
            return tuple(bad)
        bad.append(good.pop(low))
    return tuple(bad)


def _deadlines(member: Member, before: bytes, tick: Ticked) -> tuple[tuple[str, ...], ...]:
    """(table, *key) of every deadline that may be due at a tick, by table and key."""
    state = State(member.state.layout)
    state.thaw(before)
    found = []
    for name, column in state.layout.deadlines.items():
        table = state.tables[name]
        found += [(name, *table.keys[row]) for row in due(table, column, tick.clock)]
    return tuple(found)

"""Faults put into functions: rows and deadlines that make one fail, once or always; what ran before the fault has
changed the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from events.clock import GAP, due, now
from events.event import Event
from events.handler import Function, Handle
from events.payloads import Ticked
from events.readings import Readings, Row
from events.state import State

POISON = 66.0


class Boom(Exception):
    """What a faulty function raises."""


class Faults:
    """fails: function → how many times it fails at a row of device d0; (function, "due"): always at the deadline
    of d1. Rows of value POISON always fail score. after: function → the number of outputs it gives before it
    fails, once."""

    def __init__(self, fails: dict[object, int], after: dict[str, int] | None = None) -> None:
        self.left: Counter[object] = Counter(fails)
        self.always = {key for key in fails if isinstance(key, tuple)}
        self.after = dict(after or {})

    def put_into(self, function: Function) -> Function:
        """The same function, with the faults that concern it."""
        name = function.name

        def bind(state: State) -> Handle:
            inner = function.bind(state)

            def handle(event: Event) -> Iterable[Event]:
                self._look(name, state, event, inner)
                outputs = list(inner(event))
                k = self.after.get(name)
                if k is not None and len(outputs) > k:
                    del self.after[name]
                    raise Boom(f"after {k} outputs")
                return outputs

            return handle

        return replace(function, bind=bind)

    def _look(self, name: str, state: State, event: Event, inner: Handle) -> None:
        if isinstance(event.data, Readings):
            for i, row in enumerate(event.data.rows()):
                if self._fails(name, row):
                    list(inner(replace(event, data=event.data.take(range(i)))) if i else ())
                    raise Boom(f"row {i}")
        if isinstance(event.data, Ticked) and (name, "due") in self.always and event.data.clock - now(state) <= GAP:
            for table, column in state.layout.deadlines.items():
                rows = due(state.tables[table], column, event.data.clock)
                if any("d1" in state.tables[table].keys[row] for row in rows):
                    raise Boom("the deadline of d1")

    def _fails(self, name: str, row: Row) -> bool:
        if row.value == POISON and name == "score":
            return True
        if row.device == "d0" and self.left[name] > 0:
            self.left[name] -= 1
            return True
        return False

"""Which rules look at what: derived from the definitions and the tables of a state, never saved. Used by everything
here.

A book is made when a state is first met, after it was reloaded, after rows were dropped and after a definition
changed; what it answers is a pure function of the state, so that it makes no difference when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from weakref import WeakKeyDictionary, proxy

import numpy as np
from numpy.typing import NDArray

from events.definitions import Definitions, Missing, Rate, Rule, Threshold
from events.state import State
from functions.alert.conditions import Condition, Spot, condition, silence
from functions.alert.limits import Limits
from functions.alert.watches import Watches


class Grid:
    """For each row of a table a few numbers, rows with fewer than others filled up with `nothing`."""

    def __init__(self, nothing: int) -> None:
        self._nothing = nothing
        self._cells = np.full((16, 0), nothing, np.int64)

    def put(self, row: int, numbers: Sequence[int]) -> None:
        rows, width = self._cells.shape
        if row >= rows or len(numbers) > width:
            cells = np.full((max(rows, 2 * row), max(width, len(numbers))), self._nothing, np.int64)
            cells[:rows, :width] = self._cells
            self._cells = cells
        self._cells[row] = self._nothing
        self._cells[row, : len(numbers)] = numbers

    def __getitem__(self, rows: NDArray[np.int64] | int) -> NDArray[np.int64]:
        return self._cells[rows]


class Rulebook:
    """judged: by row of `series`, which of `conditions` look at it (0: none). deadlines: by row of `series`, the
    rows of `silence` that a sign of life there moves (-1: none). after: by row of `silence`, how far (µs)."""

    def __init__(self, state: State) -> None:
        self._series, self._silence = state.tables["series"], state.tables["silence"]
        self._state: State = proxy(state)
        self._made_from = (self._series.keys, self._silence.keys, state.values)
        self._definitions: dict[str, Definitions] = {}
        self._scopes: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self._looking: dict[tuple[str, tuple[str, ...], str], tuple[Rule, ...]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self.watches = Watches(state)
        self.conditions: list[Condition] = [_NOTHING]
        self.judged, self.deadlines, self.after = Grid(0), Grid(-1), np.zeros(0, np.int64)
        self.limits, self._level = Limits(self.conditions), 0

    def fits(self) -> bool:
        """Whether the tables are still those that it was made from, but for rows added."""
        now = (self._series.keys, self._silence.keys, self._state.values)
        return all(a is b for a, b in zip(now, self._made_from, strict=True))

    def definitions(self, tenant: str) -> Definitions:
        if tenant not in self._definitions:
            self._definitions[tenant] = Definitions(self._state, tenant)
        return self._definitions[tenant]

    def looking(self, spot: Spot) -> tuple[Rule, ...]:
        """The rules that look at a spot, in the order in which they were first defined."""
        whole = (spot.tenant, spot.device)
        if whole not in self._scopes:
            self._scopes[whole] = self._in_scope(*whole)
        scope = self._scopes[whole]
        key = (spot.tenant, tuple(rule.id for rule in scope), spot.metric)
        if key not in self._looking:
            self._looking[key] = tuple(rule for rule in scope if _names(rule, spot.metric))
        return self._looking[key]

    def silences(self, spot: Spot) -> list[tuple[str, ...]]:
        """Keys of the deadlines that a reading of a series moves: those of its device as a whole, then its own."""
        spots = (spot._replace(metric=""), spot)
        return [(*at, rule.id) for at in spots for rule in self.looking(at) if isinstance(rule.when, Missing)]

    def looks(self, rule: str, spot: Spot) -> bool:
        return any(rule == looking.id for looking in self.looking(spot))

    def grow(self) -> None:
        """Takes in the rows that were added to the tables."""
        if len(self.after) < len(self._silence):
            after = [self.silence_of(key[0], key[3]) for key in self._silence.keys[len(self.after) :]]
            self.after = np.append(self.after, np.array(after, np.int64))
        if self._level < len(self._series):
            self._read(range(self._level, len(self._series)))
            self._level = len(self._series)

    def reread(self, tenant: str, device: str) -> None:
        """The definition of a device changed: other rules may look at it."""
        self._scopes.pop((tenant, device), None)
        self._read(row for row, key in enumerate(self._series.keys[: self._level]) if key[:2] == (tenant, device))

    def silence_of(self, tenant: str, rule: str) -> int:
        """From a sign of life to the deadline of a rule, in µs."""
        defined = self.definitions(tenant).get("rule", rule)
        return silence(defined.when) if defined is not None and isinstance(defined.when, Missing) else 0

    def _read(self, rows: Iterable[int]) -> None:
        for row in rows:
            spot = Spot(*self._series.keys[row])
            numbers = (self._number(spot.tenant, rule) for rule in self.looking(spot))
            self.judged.put(row, [number for number in numbers if number])
            found = (self._silence.find(key) for key in self.silences(spot))
            self.deadlines.put(row, [at for at in found if at is not None])
        self.limits = Limits(self.conditions)

    def _in_scope(self, tenant: str, device: str) -> tuple[Rule, ...]:
        definitions = self.definitions(tenant)
        rules = (definitions.get("rule", id) for id in definitions.ids("rule"))
        return tuple(rule for rule in rules if rule.enabled and definitions.in_scope(device, rule.scope))

    def _number(self, tenant: str, rule: Rule) -> int:
        """Where the condition of a rule stands in `conditions`; 0 if it judges no readings."""
        if not isinstance(rule.when, Threshold | Rate):
            return 0
        if (tenant, rule.id) not in self._numbers:
            self._numbers[tenant, rule.id] = len(self.conditions)
            self.conditions.append(condition(rule, rule.when))
        return self._numbers[tenant, rule.id]


_NOTHING = condition(Rule(id="nothing", when=Threshold(op=">", value=0)), Threshold(op=">", value=float("inf")))
_BOOKS: WeakKeyDictionary[State, Rulebook] = WeakKeyDictionary()


def rulebook(state: State) -> Rulebook:
    """The book of a state, level with its tables."""
    book = _BOOKS.get(state)
    if book is None or not book.fits():
        book = _BOOKS[state] = Rulebook(state)
    return book


def close(state: State) -> None:
    """Throws the book of a state away: a definition changed, or rows were moved."""
    _BOOKS.pop(state, None)


def _names(rule: Rule, metric: str) -> bool:
    if metric == "" or rule.metric is None:
        return isinstance(rule.when, Missing) and rule.metric is None and metric == ""
    return fnmatchcase(metric, rule.metric)

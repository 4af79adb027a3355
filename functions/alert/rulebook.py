"""Which rules look at which rows of the tables: derived from definitions and tables, never saved. Used by everything
here.

A book is made when a state is first met, after it was reloaded, after rows were dropped and after rules or profiles
changed; what it answers is a pure function of the state, so that it makes no difference when.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from events.definitions import Missing
from events.registry import Definitions
from events.state import Key, State
from functions.alert.conditions import Condition, Spot, silence
from functions.alert.limits import Limits
from functions.alert.looks import Look, Looks
from functions.alert.watches import Watches


class Rulebook:
    """conditions: of the rules that judge readings; limits: the same in columns."""

    def __init__(self, state: State, looks: Looks | None = None) -> None:
        self._series, self._silence = state.tables["series"], state.tables["silence"]
        self._keys = (self._series.keys, self._silence.keys)
        self.looks = looks or Looks(state)
        self._look_of = np.zeros(0, np.int64)  # by row of `series`
        self._conditions_of = np.zeros((0, 0), np.int64)  # by look, filled up with 0
        self._deadlines_of = np.zeros((0, 0), np.int64)  # by row of `series`, filled up with -1
        self._after = np.zeros(0, np.int64)  # by row of `silence`
        self.watches = Watches(state)
        self.limits = Limits(self.conditions)

    @property
    def conditions(self) -> list[Condition]:
        return self.looks.conditions

    def fits(self) -> bool:
        """Whether the tables are those that it was made from, but for rows added: reload and drop replace `keys`."""
        series, silence = self._keys
        return self._series.keys is series and self._silence.keys is silence

    def definitions(self, tenant: str) -> Definitions:
        return self.looks.definitions(tenant)

    def look(self, spot: Spot) -> Look:
        """The rules that look at a spot."""
        return self.looks.at(spot)

    def silences(self, spot: Spot) -> list[Key]:
        """Keys of the deadlines that a reading of a series moves: those of its device as a whole, then its own."""
        tenant, device, metric = spot
        keys: list[Key] = [(tenant, device, "", rule) for rule in self.looks.at(Spot(tenant, device, "")).silent]
        return keys + [(tenant, device, metric, rule) for rule in self.looks.at(spot).silent]

    def judges(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """By row of `series`: numbers of the conditions that look at it, filled up with 0."""
        return self._conditions_of[self._look_of[rows]]

    def deadlines(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """By row of `series`: rows of `silence` that a sign of life there moves, filled up with -1."""
        return self._deadlines_of[rows]

    def after(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """By row of `silence`: from a sign of life to the deadline, in µs."""
        return self._after[rows]

    def silence_of(self, tenant: str, rule: str) -> int:
        """From a sign of life to the deadline of a rule, in µs."""
        defined = self.definitions(tenant).get("rule", rule)
        return silence(defined.when) if defined is not None and isinstance(defined.when, Missing) else 0

    def grow(self) -> None:
        """Takes in the rows that were added to the tables."""
        if len(self._after) < len(self._silence):
            added = (self.silence_of(key[0], key[3]) for key in self._silence.keys[len(self._after) :])
            self._after = np.concatenate([self._after, np.fromiter(added, np.int64)])
        if len(self._look_of) < len(self._series):
            looks, deadlines = self._read(range(len(self._look_of), len(self._series)))
            self._look_of = np.concatenate([self._look_of, looks])
            self._deadlines_of = _joined(self._deadlines_of, deadlines)

    def forget(self, tenant: str, device: str) -> None:
        """The definition of a device changed: other rules may look at it."""
        self.looks.forget(tenant, device)

    def reread(self, tenant: str, device: str) -> None:
        """What was forgotten of a device is looked up anew, now that it has its deadlines."""
        keys = self._series.keys[: len(self._look_of)]
        rows = [row for row, key in enumerate(keys) if key[1] == device and key[0] == tenant]
        looks, deadlines = self._read(rows)
        self._look_of[rows] = looks
        self._deadlines_of = _joined(self._deadlines_of, deadlines)
        self._deadlines_of, self._deadlines_of[rows] = self._deadlines_of[: len(keys)], self._deadlines_of[len(keys) :]

    def _read(self, rows: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        spots = [Spot(*self._series.keys[row]) for row in rows]
        looks = np.fromiter((self.looks.number(spot) for spot in spots), np.int64, len(rows))
        find = self._silence.index.get
        deadlines = [[row for key in self.silences(spot) if (row := find(key)) is not None] for spot in spots]
        if len(self._conditions_of) < len(self.looks.looks):
            self._conditions_of = _filled([look.conditions for look in self.looks.looks], 0)
            self.limits = Limits(self.conditions)
        return looks, _filled(deadlines, -1)


_BOOKS: WeakKeyDictionary[State, Rulebook] = WeakKeyDictionary()


def rulebook(state: State) -> Rulebook:
    """The book of a state."""
    book = _BOOKS.get(state)
    if book is None or not book.fits():
        book = _BOOKS[state] = Rulebook(state)
    return book


def opened_anew(state: State, book: Rulebook | None = None) -> Rulebook:
    """A new book: rules or profiles changed; or, with the old one, only deadlines of series already known came and
    went."""
    _BOOKS[state] = Rulebook(state, book.looks if book is not None else None)
    return _BOOKS[state]


def _filled(lists: Sequence[Sequence[int]], nothing: int) -> NDArray[np.int64]:
    """Lists of unequal length as a matrix."""
    width = max(map(len, lists), default=0)
    flat = [[*numbers, *[nothing] * (width - len(numbers))] for numbers in lists]
    return np.array(flat, np.int64).reshape(len(lists), width)


def _joined(above: NDArray[np.int64], below: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two matrices of deadlines as one, as wide as the wider."""
    width = max(above.shape[1], below.shape[1])
    wide = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=-1) for part in (above, below)]
    return np.concatenate(wide)

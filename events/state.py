"""A function's memory of one shard: sparse tables of numpy columns and a few plain values. Functions read and
write it in place; the host freezes, saves and reloads it whole (deliver.py, stores/states.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from events.blob import Part, joined, pack

Key = tuple[str, ...]


class Column(NamedTuple):
    """dtype: numpy's name (`f8`, `i8`, `u1`, `?`). fill: what a new row holds. width: entries a row (1: a plain
    column)."""

    dtype: str
    fill: float | int | bool = 0
    width: int = 1


@dataclass(frozen=True)
class Layout:
    """What a function keeps: tables by name, and the version of it. Every table has a column `touched` (µs, the log's
    clock) besides.

    deadlines: of a table, the column that holds deadlines (clock.py): what a host disarms where one makes the
    function fail. migrate: from an older version to the function that makes the dumped form (`{"tables": …, "values":
    …}`) the next version's.
    """

    version: int
    tables: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    deadlines: Mapping[str, str] = field(default_factory=dict)
    migrate: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)


class UnknownLayout(Exception):
    """A saved state that this version of the function cannot read."""


class Table:
    """One row per key, in the order keys were first seen. `table["name"]` is the column, longer than the table has
    rows: index it only with what `rows` or `find` gave. `rows` may move columns: take them after it, never before."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = {"touched": Column("i8"), **columns}
        self.keys: list[Key] = []
        self.index: dict[Key, int] = {}
        self._data = {name: _filled(column, 16) for name, column in self.columns.items()}
        self._spare: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self._data[column]

    def rows(self, keys: Sequence[Key], clock: int) -> NDArray[np.int64]:
        """The row of each key, new ones added; all of them touched at `clock`."""
        index = self.index
        found = list(map(index.get, keys))
        if None in found:
            found = [index[key] if key in index else self._add(key) for key in keys]
        at = np.array(found, np.int64)
        self._data["touched"][at] = clock
        return at

    def find(self, key: Key) -> int | None:
        """The row of a key, if it was seen."""
        return self.index.get(key)

    def drop(self, gone: NDArray[np.bool_]) -> None:
        """Removes the rows where `gone` (one entry a row); the others keep their order."""
        stay = np.flatnonzero(~gone)
        self.keys = [self.keys[i] for i in stay.tolist()]
        self.index = {key: i for i, key in enumerate(self.keys)}
        for name, data in self._data.items():
            kept = _filled(self.columns[name], max(16, len(stay)))
            kept[: len(stay)] = data[stay]
            self._data[name] = kept

    def _add(self, key: Key) -> int:
        at = len(self.keys)
        if at == len(self._data["touched"]):
            for name, data in self._data.items():
                self._data[name] = np.concatenate([data, _filled(self.columns[name], at)])
        self.keys.append(key)
        self.index[key] = at
        return at

    def freeze(self) -> dict[str, Any]:
        """A copy that later changes do not reach. To copy into memory that is in use already takes a third of the
        time: whoever is done with a copy gives it back."""
        spare, self._spare = self._spare, {}
        for name, data in self._data.items():
            if name not in spare or spare[name].shape != data.shape:
                spare[name] = np.empty_like(data)
            spare[name][: len(self)] = data[: len(self)]
        columns = {name: data[: len(self)] for name, data in spare.items()}
        return {"keys": list(self.keys), "columns": columns}

    def give_back(self, frozen: Mapping[str, Any]) -> None:
        """Nobody reads this copy any more. Any thread may call."""
        self._spare = {name: column.base for name, column in frozen["columns"].items()}

    def thaw(self, frozen: Mapping[str, Any]) -> None:
        """Takes over what `freeze` gave, after a trip through bytes or not."""
        self.keys = [tuple(key) for key in frozen["keys"]]
        self.index = {key: i for i, key in enumerate(self.keys)}
        for name, column in self.columns.items():
            held = frozen["columns"][name]
            data = np.frombuffer(held, column.dtype) if isinstance(held, bytes) else held
            filled = _filled(column, max(16, len(self)))
            filled[: len(self)] = data.reshape(filled[: len(self)].shape)
            self._data[name] = filled


class State:
    """`tables`: by the layout's names. `values`: plain JSON-like things only (dicts with str keys, lists, str,
    int, float, bool, None): a tuple would come back as a list. `derived`: what a function computes from the rest
    and may lose at any time."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.tables = {name: Table(columns) for name, columns in layout.tables.items()}
        self.values: dict[str, Any] = {}
        self.derived: dict[Any, Any] = {}

    def freeze(self) -> Frozen:
        """A copy for the save: taken between two events, encoded elsewhere."""
        tables = {name: table.freeze() for name, table in self.tables.items()}
        return Frozen(self, msgspec.msgpack.encode(self.values), tables)

    def thaw(self, dump: Part) -> None:
        """Becomes what `Frozen.dump` wrote. UnknownLayout if there is no way from its version to this one."""
        held = msgspec.msgpack.decode(dump)
        while held["layout"] != self.layout.version:
            step = self.layout.migrate.get(held["layout"])
            if step is None:
                raise UnknownLayout(
                    f"a state of layout {held['layout']} was saved, this version reads layout {self.layout.version}: "
                    "run the version that wrote it, or add a migration to the function's LAYOUT"
                )
            held = {**step(held), "layout": held["layout"] + 1}
        self.values = held["values"]
        for name, table in self.tables.items():
            table.thaw(held["tables"][name])


class Frozen:
    """A state at one moment."""

    def __init__(self, of: State, values: bytes, tables: dict[str, dict[str, Any]]) -> None:
        self._of, self._values, self.tables = of, values, tables
        self._dumped: memoryview | None = None

    def dump(self) -> memoryview:
        """As bytes; equal states give equal bytes. Ends the use of `tables`."""
        if self._dumped is None:
            values = msgspec.Raw(self._values)
            self._dumped = joined(pack({"layout": self._of.layout.version, "values": values, "tables": self.tables}))
            for name, table in self.tables.items():
                self._of.tables[name].give_back(table)
            self.tables = {}
        return self._dumped


def _filled(column: Column, rows: int) -> NDArray[Any]:
    shape = rows if column.width == 1 else (rows, column.width)
    return np.full(shape, column.fill, column.dtype)

"""Bytes that are put together part by part are those that msgspec writes in one piece."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from events.blob import joined, pack
from events.state import Column, Layout, State

SIZES = (0, 1, 15, 16, 255, 256, 65_535, 65_536)


@pytest.mark.parametrize("size", SIZES)
def test_bytes_of_any_length_are_written_as_msgspec_writes_them(size: int) -> None:
    value = {"state": bytes(size), "seen": memoryview(b"x" * size), "none": None}
    assert joined(pack(value)) == msgspec.msgpack.encode(value)


@pytest.mark.parametrize("size", SIZES)
def test_maps_of_any_length_are_written_as_msgspec_writes_them(size: int) -> None:
    value: dict[str, Any] = {str(n): {"a": [n, "ü"], "b": {}} for n in range(size)}
    assert joined(pack(value)) == msgspec.msgpack.encode(value)


@pytest.mark.parametrize("kind", ["f8", "i8", "u1", "?"])
def test_a_column_is_its_bytes(kind: str) -> None:
    column = np.arange(12).reshape(4, 3).astype(kind)
    assert joined(pack({"c": column, "part": column[:2]})) == msgspec.msgpack.encode(
        {"c": column.tobytes(), "part": column[:2].tobytes()}
    )


def _grown(rows: int) -> State:
    state = State(Layout(1, {"series": {"level": Column("f8"), "memory": Column("f8", 0, 3)}}))
    table = state.tables["series"]
    at = table.rows([("main", str(n)) for n in range(rows)], 7)
    table["level"][at] = np.arange(rows)
    table["memory"][at] = np.arange(3 * rows).reshape(rows, 3)
    return state


def test_a_copy_is_not_changed_by_later_copies_or_rows() -> None:
    state = _grown(20)
    first = state.freeze()
    dumped = bytes(first.dump())
    state.tables["series"]["level"][:5] = -1
    second, third = state.freeze(), state.freeze()
    state.tables["series"]["level"][:5] = -2
    state.tables["series"].rows([("main", str(n)) for n in range(100)], 8)
    fourth = state.freeze()
    assert first.dump() == dumped
    assert second.dump() == third.dump() != first.dump()
    read = State(state.layout)
    read.thaw(fourth.dump())
    assert read.freeze().dump() == state.freeze().dump()
    assert len(read.tables["series"]) == 100


def test_what_is_dumped_stays_when_its_memory_is_used_again() -> None:
    state = _grown(1000)
    dumps = []
    for n in range(4):
        state.tables["series"]["level"][:1000] = n
        dumps.append(state.freeze().dump())
    for n, dump in enumerate(dumps):
        read = State(state.layout)
        read.thaw(dump)
        assert set(read.tables["series"]["level"][:1000].tolist()) == {float(n)}

"""Telemetry in columns: rows in and out, the Arrow stream, and the order in which rows may be judged."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.readings import FRESH, REPEATED, SCHEMA, Readings, Row, rounds

ROWS = [
    Row("pump-1", "temperature", 1_795_485_640_000_000, 1_795_485_640_123_456, 21.4),
    Row("pump-2", "state", 1_795_485_641_000_000, 1_795_485_641_123_456, float("nan"), "on", False, True, REPEATED),
    Row("pump-1", "humidity", -5, 7, -0.0, None, True, False, FRESH),
]


def _stream(batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def test_rows_come_out_as_they_went_in() -> None:
    readings = Readings.of(ROWS)
    assert len(readings) == 3
    assert str(list(readings.rows())) == str(ROWS)


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], []])
def test_a_batch_comes_back_from_the_wire_as_it_was(rows: list[Row]) -> None:
    read = Readings.decode(Readings.of(rows).encode())
    assert str(list(read.rows())) == str(rows)
    assert (read.text is None) == all(row.text is None for row in rows)


def test_any_reader_of_arrow_reads_it() -> None:
    table = pa.ipc.open_stream(Readings.of(ROWS).encode()).read_all()
    assert table.schema.equals(SCHEMA)
    assert table.column("device").to_pylist() == ["pump-1", "pump-2", "pump-1"]
    assert table.column("text").to_pylist() == [None, "on", None]


def test_a_stream_of_another_writer_is_read() -> None:
    batch = Readings.of(ROWS).to_arrow()
    assert str(list(Readings.decode(_stream([batch], SCHEMA)).rows())) == str(ROWS)


def _renamed(batch: pa.RecordBatch) -> bytes:
    other = batch.rename_columns(["name", *batch.schema.names[1:]])
    return _stream([other], other.schema)


def _with_nulls(batch: pa.RecordBatch) -> bytes:
    columns = [
        pa.array([None] * len(batch), field.type) if field.name == "late" else batch[field.name] for field in SCHEMA
    ]
    return _stream([pa.RecordBatch.from_arrays(columns, schema=SCHEMA)], SCHEMA)


def _beyond_the_dictionary(batch: pa.RecordBatch) -> bytes:
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 1, 9], pa.int32()), batch["device"].dictionary, safe=False)
    return _stream([pa.RecordBatch.from_arrays([codes, *batch.columns[1:]], schema=SCHEMA)], SCHEMA)


@pytest.mark.parametrize(
    "made",
    [
        _renamed,
        _with_nulls,
        _beyond_the_dictionary,
        lambda batch: _stream([], SCHEMA),
        lambda batch: _stream([batch, batch], SCHEMA),
        lambda batch: _stream([batch], SCHEMA)[:-40],
        lambda batch: _stream([batch], SCHEMA)[:100],
        lambda batch: b"",
        lambda batch: b"not an Arrow stream at all",
    ],
)
def test_anything_else_is_refused_in_one_line(made: Callable[[pa.RecordBatch], bytes]) -> None:
    with pytest.raises(ValueError, match=r"^not an Arrow stream of one batch of ") as refused:
        Readings.decode(made(Readings.of(ROWS).to_arrow()))
    assert "\n" not in str(refused.value)


def test_a_stream_with_broken_bytes_is_refused_or_read_and_nothing_else() -> None:
    chance, body = random.Random(1), Readings.of(ROWS * 20).encode()
    for _ in range(1000):
        broken = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            list(Readings.decode(bytes(broken)).rows())
        except ValueError:
            continue


def test_taken_rows_keep_the_order_asked_for() -> None:
    readings = Readings.of(ROWS)
    assert str(list(readings.take([2, 0]).rows())) == str([ROWS[2], ROWS[0]])
    assert str(list(readings.take(np.array([False, True, False])).rows())) == str([ROWS[1]])
    assert len(readings.take([])) == 0


def test_a_frozen_batch_cannot_be_changed() -> None:
    readings = Readings.of(ROWS).freeze()
    with pytest.raises(ValueError, match="read-only"):
        readings.value[0] = 1.0


@given(st.lists(st.integers(0, 4), max_size=30))
def test_the_kth_round_holds_the_kth_row_of_each_series(series: list[int]) -> None:
    given_rounds = [at.tolist() for at in rounds(np.array(series, np.int64))]
    assert sorted(i for at in given_rounds for i in at) == list(range(len(series)))
    for k, at in enumerate(given_rounds):
        assert at == sorted(at)
        assert all(series[:i].count(series[i]) == k for i in at)

"""Telemetry in the form of the local log: it comes back as it was, and damage is told."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from events import codec, packed, types
from events.codec import Malformed
from events.event import Event
from events.readings import REPEATED, Readings, Row
from tests.events.cloud_events import plain

ROWS = [
    Row("pump-1", "flow", 1_795_485_640_000_000, 1_795_485_640_123_456, 21.4),
    Row("pump-2", "mode", -5, 7, math.nan, "an ä", True, True, REPEATED),
    Row("pump-1", "flow", 0, 2**62, -0.0),
]


def telemetry(rows: list[Row]) -> Event:
    return Event(types.TELEMETRY_VALIDATED, Readings.of(rows), 9, id="1", source="/x", sequence="2", prior="1")


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], []])
def test_a_batch_comes_back_as_it_was(rows: list[Row]) -> None:
    read = packed.read(*packed.write(telemetry(rows)))
    assert str(list(read.data.rows())) == str(rows)
    assert (read.data.text is None) == all(row.text is None for row in rows)
    assert replace(read, data=None) == replace(telemetry(rows), data=None)


def test_what_is_read_cannot_be_changed() -> None:
    read = packed.read(*packed.write(telemetry(ROWS))).data
    with pytest.raises(ValueError, match="read-only"):
        read.value[0] = 1.0


def test_an_arrow_stream_of_an_earlier_version_is_read() -> None:
    event = telemetry(ROWS)
    assert str(plain(packed.read(*codec.write(event)))) == str(plain(event))


def test_everything_else_is_as_on_the_wire() -> None:
    event = Event("com.example.made", {"a": [1, None]}, 9, id="1", source="/x")
    assert packed.write(event) == codec.write(event)
    assert packed.read(*packed.write(event)) == event


def test_what_has_no_form_on_the_wire_is_refused() -> None:
    with pytest.raises(Malformed, match=r"^id"):
        packed.write(replace(telemetry(ROWS), id=""))
    with pytest.raises(Malformed, match=r"^data: an event of type"):
        packed.write(replace(telemetry(ROWS), type=types.READING_REJECTED))


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b[:3], lambda b: b"\xff" * len(b)])
def test_damage_is_told(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(ValueError, match=r"columns|batch|buffer"):
        packed.unpack(damage(packed.pack(telemetry(ROWS).data)))

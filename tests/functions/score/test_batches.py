"""Nothing depends on how rows were cut into records, on saves between them, or on what else is in a record; and no
value or time makes score fail."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Event
from events.readings import Row
from events.state import State
from functions.score.handler import LAYOUT, handle
from tests.functions.score.feed import START, Feed, course, row, telemetry, tick

VALUE = st.one_of(
    st.sampled_from([0.0, 1.0, 1.0, 1.5, -1.0, 1e300, -1e300, 1.7976931348623157e308, 5e-324, 1e-310, -0.0, 1e100]),
    st.floats(allow_nan=False, allow_infinity=False),
)
STEP = st.sampled_from([0, 1, 200_000, 1_000_000, 1_000_000, 10_000_000, 900_000_000, -5_000_000, 10**14, 10**17])
READING = st.tuples(st.sampled_from(["ab", "ax", "bb", "bx"]), STEP, VALUE)
READINGS = st.lists(READING, min_size=1, max_size=60)


def rows_of(readings: Any) -> list[Row]:
    """Rows of devices a and b; times grow, stand or fall back, by series."""
    now: dict[str, int] = {}
    made = []
    for name, step, value in readings:
        now[name] = now.get(name, START) + step
        made.append(row(name[0], name[1], now[name], value))
    return made


def played(rows: list[Row], cuts: list[int], saves: bool = False) -> tuple[list[Event], memoryview]:
    """What is said, and the state's bytes, of rows cut at some places; saved and loaded at each cut."""
    state, said = State(LAYOUT), list[Event]()
    for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        said += handle(telemetry(rows[begin:end]), state=state)
        if saves:
            loaded = State(LAYOUT)
            loaded.thaw(state.freeze().dump())
            state = loaded
    return [event for event in said if "anomaly" in event.type], state.freeze().dump()


def eventful(seed: int, series: int = 12, readings: int = 700) -> list[Row]:
    """Series of two devices with every kind of fault in some, interleaved and partly late."""
    draw = np.random.default_rng(seed)
    rows = []
    for n in range(series):
        values = np.round(20 + draw.normal(0, 1, readings), 2)
        values[n * 20 + 300] += 15
        values[400 + n : 440 + n] = values[400 + n] if n % 3 == 0 else values[400 + n : 440 + n] * (1 + n % 3)
        rows.append(course(values.tolist(), device="ab"[n % 2], metric=f"m{n}"))
    mixed = [reading for at in zip(*rows, strict=True) for reading in at]
    swap = random.Random(seed)
    for _ in range(len(mixed) // 20):
        i = swap.randrange(len(mixed) - 30)
        mixed[i], mixed[i + 25] = mixed[i + 25], mixed[i]
    return mixed


def cut_at(rows: list[Row], seed: int, longest: int) -> list[int]:
    """Random places to cut."""
    draw, at, cuts = random.Random(seed), 0, []
    while (at := at + draw.randint(1, longest)) < len(rows):
        cuts.append(at)
    return cuts


@settings(max_examples=40, deadline=None)
@given(READINGS, st.data())
def test_any_values_and_times_however_cut(readings: Any, data: Any) -> None:
    rows = rows_of(readings)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(rows) - 1)), max_size=8)) - {len(rows)})
    assert played(rows, cuts, saves=True) == played(rows, list(range(1, len(rows))))


def test_episodes_however_cut() -> None:
    rows = eventful(1)
    want = played(rows, cut_at(rows, 0, 30))
    assert len({event.data.detector for event in want[0]}) >= 3
    for seed, longest in ((1, 100), (2, 1000), (3, 5000)):
        assert played(rows, cut_at(rows, seed, longest), saves=True) == want


def test_a_series_is_judged_alone() -> None:
    """But for the first of a device: the sending of the device is judged by it."""
    rows = eventful(2)
    together, alone = Feed(), Feed()
    together.rows(rows, 100)
    alone.rows([reading for reading in rows if reading.metric in ("m1", "m3")], 7)
    assert [a for a in together.anomalies() if a.metric in ("m1", "m3")] == alone.anomalies()
    assert any(a.metric == "m3" for a in alone.anomalies())


@settings(max_examples=15, deadline=None)
@given(st.lists(VALUE, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_a_warm_series_meets_anything(strange: list[float], seed: int) -> None:
    draw = np.random.default_rng(seed)
    feed = Feed()
    feed.rows(course(draw.normal(0, 1, 120).tolist() + strange + draw.normal(0, 1, 100).tolist()), 40)
    held = feed.state.tables["series"]["memory"][:1]
    assert np.isfinite(held).all()


def test_ticks_at_any_time() -> None:
    feed = Feed()
    feed.rows(eventful(3), 500)
    for clock in (START, START + 1, START + 10**13, START + 10**17, 0, 2**62):
        feed.tick(clock)
    assert not any(handle(tick(2**62), state=feed.state))

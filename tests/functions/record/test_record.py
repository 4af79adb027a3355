"""record: raw rows as they came; rollups that are what raw rows say, in whatever order and batches readings come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import types
from events.clock import KEEP
from events.event import Event, root_sequence, root_source
from events.payloads import Ticked
from events.readings import Readings, Row
from events.state import State
from functions.record.handler import GRACE, LAYOUT, handle
from tests.functions.record.shelf import Place, Shelf

MINUTE = 60_000_000
HOUR = 60 * MINUTE
START = 499_000 * HOUR
NAN = float("nan")


def telemetry(offset: int, rows: Iterable[Row], tenant: str = "main") -> Event:
    return _event(offset, types.TELEMETRY_VALIDATED, Readings.of(rows), tenant)


def tick(offset: int, clock: int) -> Event:
    return _event(offset, types.CLOCK_TICKED, Ticked(clock=clock))


def _event(offset: int, type: str, data: object, tenant: str = "main") -> Event:
    source = f"{root_source(1)}/validate"
    return Event(type, data, START, tenant=tenant, source=source, sequence=f"{root_sequence(offset)}.000000")


def at(time: int, value: float = 1.0, metric: str = "flow", *, late: bool = False, revised: bool = False) -> Row:
    return Row("pump-1", metric, START + time, START + time, value, None, late, revised)


def run(events: Iterable[Event], shelf: Shelf, state: State | None = None) -> list[Event]:
    state = state or State(LAYOUT)
    return [given for event in events for given in handle(event, state=state, series=shelf)]


def minutes(places: Sequence[Place]) -> list[int]:
    return [(start - START) // MINUTE for width, _, _, _, start in places if width == "1m"]


def test_a_bucket_closes_when_its_series_passes_its_end() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0, 3.0), at(1, 1.0), at(2, 2.0), at(MINUTE, 9.0)])], shelf)
    assert minutes(shelf.rolled) == [0]
    assert shelf.rolls["1m", "main", "pump-1", "flow", START] == (3.0, 1.0, 3.0, 2.0, 6.0, 3)
    assert shelf.dirtied == []


def test_a_bucket_closes_two_minutes_after_its_end_on_the_clock() -> None:
    shelf, state = Shelf(), State(LAYOUT)
    end = START + MINUTE
    run([tick(0, START), telemetry(1, [at(0)]), tick(2, end + GRACE - 1)], shelf, state)
    assert shelf.rolled == []
    run([tick(3, end + GRACE)], shelf, state)
    assert minutes(shelf.rolled) == [0]
    run([tick(4, START + HOUR + GRACE)], shelf, state)
    assert [place[0] for place in shelf.rolled] == ["1m", "1h"]


def test_a_reading_for_a_bucket_that_the_clock_closed_makes_it_dirty_at_once() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0)]), tick(2, START + MINUTE + GRACE), telemetry(3, [at(5)])], shelf)
    assert (minutes(shelf.rolled), minutes(shelf.dirtied)) == ([0], [0])


@pytest.mark.parametrize("old", [at(3, late=True), at(5, revised=True)])
def test_a_late_or_revised_reading_makes_its_open_bucket_dirty_at_its_close(old: Row) -> None:
    shelf = Shelf()
    run([telemetry(1, [at(5), old])], shelf)
    assert shelf.dirtied == []
    run([telemetry(1, [at(5), old, at(MINUTE)])], shelf := Shelf())
    assert (minutes(shelf.rolled), minutes(shelf.dirtied)) == ([], [0])


def test_a_late_reading_for_a_passed_bucket_makes_it_dirty_at_once() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0), at(3 * MINUTE), at(2 * MINUTE, late=True), at(5, late=True)])], shelf)
    assert minutes(shelf.dirtied) == [2, 0]


def test_text_is_kept_and_not_rolled_up() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0), at(1, NAN)._replace(text="auto"), at(MINUTE)])], shelf)
    assert shelf.raw["main", "pump-1", "flow", START + 1] is None
    assert shelf.rolls["1m", "main", "pump-1", "flow", START][-1] == 1


def test_text_in_place_of_a_number_makes_the_bucket_dirty() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0), at(0, NAN, revised=True)._replace(text="auto"), at(MINUTE)])], shelf)
    shelf.flush()
    assert minutes(shelf.dirtied) == [0]
    assert shelf.rolls == {}


def test_what_the_store_refuses_is_rejected_and_its_neighbours_pass() -> None:
    shelf = Shelf()
    (rejected,) = run([telemetry(1, [at(0), at(1, 13.0), at(2)])], shelf)
    assert (rejected.type, rejected.subject, rejected.data.metric) == (types.READING_REJECTED, "pump-1", "flow")
    assert (rejected.data.detail, rejected.data.value) == ("unlucky", 13.0)
    assert sorted(time - START for *_, time in shelf.raw) == [0, 2]


def test_tenants_of_one_shard_are_kept_apart() -> None:
    shelf = Shelf()
    run([telemetry(1, [at(0)]), telemetry(2, [at(0, 5.0)], "other"), tick(3, START + MINUTE + GRACE)], shelf)
    assert {place[1]: sums[0] for place, sums in shelf.rolls.items()} == {"main": 1.0, "other": 5.0}


def test_a_series_is_forgotten_after_thirty_days_without_a_reading() -> None:
    state = State(LAYOUT)
    run([tick(0, START), telemetry(1, [at(0)]), tick(2, START + KEEP)], Shelf(), state)
    assert len(state.tables["series"]) == 1
    run([tick(3, START + KEEP + 1)], Shelf(), state)
    assert len(state.tables["series"]) == 0


def test_the_ledger_counts_rows() -> None:
    rows = [at(0), at(1, 13.0), at(2, late=True), at(2, revised=True)]
    *_, counted = run([tick(0, START), telemetry(1, rows), tick(2, START + MINUTE)], Shelf())
    data = counted.data
    assert (data.stage, data.in_, data.out, data.late, data.revised) == ("record", 4, 3, 1, 1)
    assert data.rejected == {"out_of_range": 1}


def a_day(seed: int) -> list[tuple[int, float, str]]:
    """Readings of three series, from every second to every ten minutes; distinct identities."""
    random = Random(seed)
    day: list[tuple[int, float, str]] = []
    for metric, step in (("flow", 30), ("heat", 120), ("load", 600)):
        day += [(time * 1_000_000, random.gauss(20, 5), metric) for time in range(0, 86_400, step)]
    return day


def flagged(readings: Iterable[tuple[int, float, str]]) -> Iterator[Row]:
    """As validate passes them on: a repeat dropped, what is not newer than its series' newest late."""
    newest: dict[str, int] = {}
    seen: set[tuple[int, str]] = set()
    for time, value, metric in readings:
        if (time, metric) not in seen:
            seen.add((time, metric))
            yield at(time, value, metric, late=time <= newest.get(metric, -1))
            newest[metric] = max(time, newest.get(metric, -1))


def in_batches(rows: Sequence[Row], random: Random, most: int) -> Iterator[Event]:
    offset = 0
    while rows:
        n = random.randint(1, most)
        yield telemetry(offset, rows[:n])
        if random.random() < 0.3:
            offset += 1
            yield tick(offset, max(row.time for row in rows[:n]) + random.randint(0, 4 * MINUTE))
        rows, offset = rows[n:], offset + 1
    yield tick(offset, START + 2 * 24 * HOUR)


def recorded(readings: Iterable[tuple[int, float, str]], random: Random, most: int = 400) -> Shelf:
    shelf = Shelf()
    run(in_batches(list(flagged(readings)), random, most), shelf)
    shelf.flush()
    return shelf


@pytest.mark.parametrize("seed", range(3))
def test_any_permutation_and_duplication_of_a_day_gives_the_same_rows(seed: int) -> None:
    random, day = Random(seed), a_day(seed)
    whole = recorded(sorted(day), random)
    shuffled = recorded(random.sample(day, len(day)) + random.choices(day, k=500), random)
    nearly = sorted(day + random.choices(day, k=500), key=lambda reading: reading[0] + random.randint(0, 3 * MINUTE))
    jittered = recorded(nearly, random)
    for other in (shuffled, jittered):
        assert other.raw == whole.raw
        assert other.rolls.keys() == whole.rolls.keys()
        for place, sums in whole.rolls.items():
            assert other.rolls[place] == pytest.approx(sums, rel=1e-12)


READING = st.builds(
    at,
    st.integers(0, 6).map(lambda step: step * 25_000_000),
    st.sampled_from([0.5, 1.25, -3.0, 13.0, NAN]),
    st.sampled_from(["flow", "heat"]),
    late=st.booleans(),
    revised=st.booleans(),
)


@given(st.lists(st.lists(READING, max_size=8) | st.integers(0, 8 * MINUTE), max_size=12))
def test_rollups_are_always_what_raw_rows_say(steps: list[list[Row] | int]) -> None:
    """Flags as validate sets them: what is not newer than its series' newest is late or revised, always."""
    newest: dict[str, int] = {}
    shelf, state = Shelf(), State(LAYOUT)
    for offset, step in enumerate([*steps, 2 * HOUR]):
        if isinstance(step, int):
            run([tick(offset, START + step)], shelf, state)
            continue
        rows = []
        for row in step:
            old = row.time <= newest.get(row.metric, -1)
            newest[row.metric] = max(row.time, newest.get(row.metric, -1))
            rows.append(row._replace(late=row.late or old, text="x" if row.value != row.value else None))
        run([telemetry(offset, rows)], shelf, state)
    shelf.flush()
    assert shelf.rolls == shelf.by_definition()


@given(st.lists(READING, max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_the_cut_into_batches_makes_no_difference(rows: list[Row], cuts: list[int]) -> None:
    """Neither to the bits of the state nor to what the store is told."""
    edges = [0, *sorted(cuts), len(rows)]
    batches = [rows[a:b] for a, b in pairwise(edges)]
    told = []
    for parts in ([rows], batches):
        shelf, state = Shelf(), State(LAYOUT)
        run([telemetry(1, part) for part in parts], shelf, state)
        dump = state.freeze().tables
        told.append((sorted(shelf.rolled), set(shelf.dirtied), shelf.rolls, repr(dump)))
    assert told[0] == told[1]

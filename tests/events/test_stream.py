"""The loop over the local log with real checkpoints: it goes on where it was, gives up what fails, pauses alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag

import pytest

from events import types
from events.checkpoint import Saved
from events.event import Event
from events.handler import Function, Handle, Refusal, Retry
from events.local import LocalLog
from events.local_reader import LocalReader
from events.pace import Pace
from events.payloads import Rejected
from events.readings import Readings, Row
from events.state import Column, Layout, State
from events.stream import Stream
from stores.open import Stores, Urls, open_stores
from stores.states import StoredCheckpoints
from tests.events.logs import batch, drained

SHARDS = 2
AT_ONCE = Pace(0.0, 0.0, 0.0)
COUNTED = Layout(1, {"device": {"rows": Column("i8")}})


@dataclass
class Place:
    """A log and stores in a folder, and what a function under test has seen."""

    log: LocalLog
    stores: Stores
    seen: list[float] = field(default_factory=list)

    def stream(self, function: Function, group: str = "test", pace: Pace = AT_ONCE) -> Stream:
        return Stream(group, [function], frozenset(), self.log, self.stores.checkpoints(), lambda shard: (), pace)

    def put(self, *values: float, shard: int = 0) -> None:
        rows = [Row("d", "t", i, i, value) for i, value in enumerate(values)]
        event = Event(types.TELEMETRY_RECEIVED, Readings.of(rows), 1, source="/test/1", sequence="1", id="1")
        self.log.append(types.INBOX, shard, [event])
        self.log.flush()

    def counting(self, check: Callable[[float], None] = lambda value: None) -> Function:
        """Counts rows by device in its state; `check` may raise at a value."""

        def bind(state: State) -> Handle:
            def handle(event: Event) -> Iterable[Event]:
                table = state.tables["device"]
                for row in event.data.rows():
                    check(row.value)
                    table["rows"][table.rows([(row.device,)], 0)[0]] += 1
                    self.seen.append(row.value)
                return ()

            return handle

        return Function("count", (types.INBOX,), (), bind, COUNTED)

    def counted(self, function: Function) -> list[int]:
        """What is saved, by shard: read by an owner that takes the shards over."""
        counts = []
        for shard in range(SHARDS):
            saved = self.stores.checkpoints().take(shard, ["count"])["count"].state
            state = State(COUNTED)
            if saved is not None:
                state.thaw(saved)
            counts.append(int(state.tables["device"]["rows"][: len(state.tables["device"])].sum()))
        return counts


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    stores, log = open_stores(Urls.embedded(tmp_path)), LocalLog(tmp_path / "log", SHARDS)
    yield Place(log, stores)
    log.close()
    stores.close()


def run(stream: Stream, steps: int = 20) -> None:
    """Some turns of the loop, then a clean end."""
    for _ in range(steps):
        stream.step(0.0)
    stop = Flag()
    stop.set()
    stream.run(stop)


def test_it_goes_on_where_it_was(place: Place) -> None:
    place.put(1.0, 2.0)
    place.put(3.0, shard=1)
    run(place.stream(place.counting()))
    place.put(4.0)
    run(place.stream(place.counting()))
    assert sorted(place.seen) == [1.0, 2.0, 3.0, 4.0]
    assert place.counted(place.counting()) == [3, 1]


def test_what_was_not_saved_is_done_again_and_counted_once(place: Place) -> None:
    place.put(1.0)
    stream = Stream(
        "test", [place.counting()], frozenset(), place.log, place.stores.checkpoints(), lambda s: (), Pace(9e9, 9e9)
    )
    while not place.seen:
        stream.step(0.0)
    run(place.stream(place.counting()))
    assert place.seen == [1.0, 1.0] and place.counted(place.counting()) == [1, 0]


def test_only_the_row_that_fails_is_given_up_and_told(place: Place) -> None:
    def check(value: float) -> None:
        if value == 13.0:
            raise ArithmeticError("thirteen")

    place.put(1.0, 13.0, 2.0)
    place.put(3.0)
    stream = place.stream(place.counting(check))
    while place.seen[-1:] != [3.0]:
        stream.step(0.0)
    run(stream)
    assert place.counted(place.counting()) == [3, 0]
    (letter,) = [record.event for record in place.log.read(types.DEAD_LETTER, 0, 0, 10)]
    assert (letter.data.function, letter.data.rows, letter.data.error) == ("count", [1], "thirteen")
    assert next(Readings.decode(letter.data.payload).rows()).value == 13.0


def test_retry_pauses_and_says_why_and_nothing_is_passed_over(place: Place) -> None:
    away = [True]

    def check(value: float) -> None:
        if away[0]:
            raise Retry("the store is away", after=0.0001)

    place.put(1.0)
    stream = place.stream(place.counting(check))
    for _ in range(5):
        stream.step(0.0)
    assert stream.trouble == {0: "the store is away"} and place.seen == []
    away[0] = False
    while not place.seen:
        stream.step(0.0)
    assert stream.trouble == {}
    run(stream)
    assert place.counted(place.counting()) == [1, 0]


def test_a_save_that_fails_is_told_until_one_does_not_though_all_else_goes_on(place: Place, tmp_path: Path) -> None:
    objects, only_when_idle = tmp_path / "objects", Pace(0.0, 9e9, 0.0)
    stream = place.stream(place.counting(), pace=only_when_idle)
    stream.step(0.0)
    objects.rename(tmp_path / "away")
    objects.write_text("a file in the way of the states")
    place.put(1.0)
    while not stream.trouble:
        stream.step(0.0)
    for value in (2.0, 3.0, 4.0):
        place.put(value)
        stream.step(0.0)
        assert place.seen[-1] == value and "could not be written" in stream.trouble[0]
    objects.unlink()
    (tmp_path / "away").rename(objects)
    while stream.trouble:
        stream.step(0.0)
    run(stream)
    assert place.counted(place.counting()) == [4, 0]


def test_one_shard_in_trouble_does_not_hold_the_other(place: Place) -> None:
    def check(value: float) -> None:
        if value == 1.0:
            raise Retry("not this one", after=60.0)

    place.put(1.0)
    place.put(2.0, shard=1)
    stream = place.stream(place.counting(check))
    for _ in range(10):
        stream.step(0.0)
    assert place.seen == [2.0] and list(stream.trouble) == [0]


def test_an_owner_that_lost_its_shards_drops_them(place: Place) -> None:
    old = place.stream(place.counting())
    old.step(0.0)
    new = place.stream(place.counting())
    new.step(0.0)
    place.put(1.0)
    run(old)
    assert "taken by another" in old.trouble[0]
    run(new)
    assert place.counted(place.counting()) == [1, 0]


class Moving(LocalLog):
    """Its readers have the shards that `mine` says."""

    mine = frozenset({0, 1})
    patience = 0.0

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> LocalReader:
        log = self

        class Sharing(LocalReader):
            session, grace = log.patience, 3600.0

            def shards(self) -> frozenset[int]:
                return log.mine

        return Sharing(self, group, topics, frozenset(range(self.shards)))


@dataclass
class Shelf:
    """A buffer that tells what it was asked to do."""

    overwrites = True
    flushed: list[int] = field(default_factory=list)
    discarded: list[int] = field(default_factory=list)

    def flush(self, shard: int) -> None:
        self.flushed.append(shard)

    def discard(self, shard: int) -> None:
        self.discarded.append(shard)


def test_a_shard_that_goes_to_another_takes_its_buffers_with_it(tmp_path: Path) -> None:
    stores, log, shelf = open_stores(Urls.embedded(tmp_path)), Moving(tmp_path / "log", SHARDS), Shelf()
    place = Place(log, stores)
    stream = place.stream(replace(place.counting(), buffers=(shelf,)))
    stream.step(0.0)
    loaded = list(shelf.discarded)
    log.mine = frozenset({1})
    stream.step(0.0)
    assert shelf.discarded[len(loaded) :] == [0]
    log.close()
    stores.close()


@pytest.mark.parametrize(("patience", "flushed"), [(1e-9, []), (3600.0, [0])])
def test_who_slept_for_a_session_writes_over_nothing(tmp_path: Path, patience: float, flushed: list[int]) -> None:
    """Its shard may be another's, which has written since, and it was not told yet."""
    with closing(open_stores(Urls.embedded(tmp_path))) as stores, closing(Moving(tmp_path / "log", SHARDS)) as log:
        log.patience = patience
        place, shelf = Place(log, stores), Shelf()
        stream = place.stream(replace(place.counting(), buffers=(shelf,)))
        stream.step(0.0)
        place.put(1.0)
        run(stream)
        assert place.seen == [1.0]
        assert shelf.flushed[:1] == flushed


@dataclass
class Refusing(Shelf):
    """Refuses some flushes, and then takes them."""

    overwrites = False
    refuses: int = 2

    def flush(self, shard: int) -> None:
        super().flush(shard)
        if len(self.flushed) <= self.refuses:
            raise Refusal("the series server answers 400: partial write")


def test_what_a_store_refuses_is_told_and_tried_again(place: Place) -> None:
    """Nothing gets past it, and what else runs in the process goes on."""
    shelf = Refusing()
    stream = place.stream(replace(place.counting(), buffers=(shelf,)))
    place.put(1.0)
    while not shelf.flushed:
        stream.step(0.0)
    assert "answers 400" in stream.trouble[0]
    while len(shelf.flushed) <= shelf.refuses:
        stream.step(0.01)
    run(stream)
    assert stream.trouble == {}
    assert place.seen == [1.0] * 3
    assert place.counted(place.counting()) == [1, 0]


@dataclass
class Open(Shelf):
    """Holds something, as an open file does, from `open` on."""

    overwrites = False
    open: bool = False

    def due(self, shard: int) -> bool:
        return False

    def settled(self, shard: int) -> bool:
        return not self.open


class AwayOnce(StoredCheckpoints):
    """The second save of shard 0 fails; by then a file is open."""

    saves = 0

    def __init__(self, stores: Stores, file: Open) -> None:
        super().__init__(stores.objects, stores.documents)
        self._file = file

    def save(self, shard: int, chain: Mapping[str, Saved]) -> None:
        self.saves += shard == 0
        if shard == 0 and self.saves == 2:
            self._file.open = True
            raise Retry("objects are away")
        super().save(shard, chain)


def test_a_save_that_failed_is_no_trouble_once_a_file_is_open(place: Place) -> None:
    """Nothing is to be saved for minutes then, so that nothing would ever say that all is well again."""
    file = Open()
    function, checkpoints = replace(place.counting(), buffers=(file,)), AwayOnce(place.stores, file)
    stream = Stream("test", [function], frozenset(), place.log, checkpoints, lambda shard: (), AT_ONCE)
    place.put(1.0)
    for _ in range(500):
        if checkpoints.saves < 2 or stream.trouble:
            stream.step(0.01)
    assert checkpoints.saves == 2
    stream.step(0.01)
    assert stream.trouble == {}
    file.open = False
    run(stream)
    assert place.counted(place.counting()) == [1, 0]


def test_a_position_that_the_log_no_longer_holds_stops_the_shard_with_a_line(place: Place) -> None:
    place.put(1.0)
    run(place.stream(place.counting()))
    for value in range(4):
        place.put(float(value))
    place.log.trim(types.INBOX, 0, 3)
    stream = place.stream(place.counting())
    for _ in range(5):
        stream.step(0.0)
    assert "stopped" in stream.trouble[0] and place.seen == [1.0], "it never jumps"


def test_a_state_of_another_layout_stops_the_shard_with_the_cure(place: Place) -> None:
    place.put(1.0)
    run(place.stream(place.counting()))
    newer = place.counting()
    stream = place.stream(Function("count", newer.takes, (), newer.bind, Layout(2, COUNTED.tables)))
    stream.step(0.0)
    assert "layout" in stream.trouble[0] and "migration" in stream.trouble[0]


def test_positions_are_told_for_lag_tools(place: Place) -> None:
    place.put(1.0)
    place.put(2.0)
    run(place.stream(place.counting()))
    assert place.log.positions()["test", (types.INBOX, 0)] == 2


def test_readers_of_the_log_see_what_a_batch_was(place: Place) -> None:
    place.log.append(types.INBOX, 0, [batch(1)])
    place.log.flush()
    reader = place.log.reader("other", [types.INBOX])
    reader.seek((types.INBOX, 0), 0)
    assert [len(record.event.data) for record in drained(reader, 1)] == [3]


def test_what_has_no_form_on_the_wire_is_a_failure_of_its_function(place: Place) -> None:
    """Else the log would refuse it, and the process would end at this record, again and again."""

    def bind(state: State) -> Handle:
        def handle(event: Event) -> Iterable[Event]:
            for row in event.data.rows():
                told = Rejected(device=row.device, reason="r", detail="", received=0, value=row.value * 10)
                yield event.child(types.READING_REJECTED, told)

        return handle

    place.put(1.0, 1e308, 2.0)
    stream = place.stream(Function("tell", (types.INBOX,), ("rejected",), bind, Layout(1)))
    for _ in range(200):
        stream.step(0.001)
    run(stream)
    assert [record.event.data.value for record in place.log.read("rejected", 0, 0, 10)] == [10.0, 20.0]
    (letter,) = [record.event for record in place.log.read(types.DEAD_LETTER, 0, 0, 10)]
    assert letter.data.rows == [1] and "infinity" in letter.data.error


def passing(name: str, takes: str, gives: str, type: str) -> Function:
    """Gives each reading's value on, as readings of another type."""

    def bind(state: State) -> Handle:
        return lambda event: [event.child(type, event.data)]

    return Function(name, (takes,), (gives,), bind, Layout(1))


def test_a_new_function_begins_where_the_log_begins(place: Place) -> None:
    """The first record that is kept names one before it that is gone."""
    for value in range(5):
        place.put(float(value))
    run(place.stream(passing("pass", types.INBOX, types.TELEMETRY, types.TELEMETRY_VALIDATED), "pass"))
    place.log.trim(types.TELEMETRY, 0, 3)
    counting = place.counting()
    late = Function("count", (types.TELEMETRY,), (), counting.bind, COUNTED)
    run(place.stream(late), steps=1)
    place.put(5.0)
    run(place.stream(passing("pass", types.INBOX, types.TELEMETRY, types.TELEMETRY_VALIDATED), "pass"))
    run(place.stream(late))
    assert place.seen == [3.0, 4.0, 5.0] and place.counted(late) == [3, 0]

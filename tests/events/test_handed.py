"""Where topics that are handed over in memory stand is asked by the thread that saves, and nothing is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import current_thread

import pytest

from events import types
from events.event import Event
from events.handler import Function
from events.local import LocalLog
from events.readings import Readings, Row
from events.shard import Lane
from events.state import Layout
from events.stream import Stream
from stores.open import Stores, Urls, open_stores
from tests.events.test_stream import AT_ONCE, passing, run

SHARD = 0


class Asked(LocalLog):
    """Tells who asks for an end, and lets something happen meanwhile."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 1)
        self.by: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def end(self, topic: str, shard: int) -> int:
        if topic == types.TELEMETRY:
            self.by.append(current_thread().name)
            self.meanwhile()
        return super().end(topic, shard)


def put(log: LocalLog, value: float) -> None:
    event = Event(types.TELEMETRY_RECEIVED, Readings.of([Row("d", "t", 1, 1, value)]), 1, source="/test/1", id="1")
    log.append(types.INBOX, SHARD, [event])
    log.flush()


@dataclass
class Pair:
    """One function that gives, one that takes from memory, and what is saved of the taker."""

    log: Asked
    stores: Stores
    functions: list[Function] = field(
        default_factory=lambda: [
            passing("give", types.INBOX, types.TELEMETRY, types.TELEMETRY_VALIDATED),
            Function("take", (types.TELEMETRY,), (), lambda state: lambda event: (), Layout(1)),
        ]
    )
    memory = frozenset({types.TELEMETRY})

    def lane(self) -> Lane:
        return Lane(self.functions, self.memory, SHARD, self.log, self.stores.checkpoints(), lambda shard: ())

    def give(self, lane: Lane, value: float) -> None:
        put(self.log, value)
        [record] = self.log.read(types.INBOX, SHARD, lane.next[types.INBOX], 10)
        lane.give(record)
        self.log.flush()

    def place(self, lane: Lane) -> int | None:
        return lane.last["take"].offsets.get(types.TELEMETRY)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with closing(Asked(tmp_path / "log")) as log, closing(open_stores(Urls.embedded(tmp_path))) as stores:
        yield Pair(log, stores)


def save(lane: Lane) -> None:
    frozen = lane.freeze()
    lane.saved({name: dump() for name, dump in frozen.items()})


def test_it_is_asked_by_the_thread_that_saves(pair: Pair) -> None:
    stream = Stream("two", pair.functions, pair.memory, pair.log, pair.stores.checkpoints(), lambda shard: (), AT_ONCE)
    for value in range(3):
        put(pair.log, float(value))
        stream.step(0.0)
    run(stream)
    assert pair.log.by and {name.rsplit("_", 1)[0] for name in pair.log.by} == {"save-two"}
    assert pair.stores.checkpoints().take(SHARD, ["take"])["take"].offsets[types.TELEMETRY] == 3


def test_what_is_given_while_it_is_asked_is_not_passed_over(pair: Pair) -> None:
    lane = pair.lane()
    pair.give(lane, 1.0)
    save(lane)
    assert pair.place(lane) == 1
    pair.log.meanwhile = lambda: pair.give(lane, 2.0)
    save(lane)
    assert pair.place(lane) == 1  # the answer was 2, and the second is not in the copy
    save(lane)
    assert pair.place(lane) == 2  # the answer was 3; 2 has been known since the save before


def test_what_was_given_after_the_copy_is_not_passed_over(pair: Pair) -> None:
    lane = pair.lane()
    frozen = lane.freeze()
    pair.give(lane, 1.0)
    lane.saved({name: dump() for name, dump in frozen.items()})
    assert pair.place(lane) is None
    pair.log.meanwhile = lambda: None
    save(lane)
    assert pair.place(lane) == 1


def test_a_new_beginning_notes_no_place(pair: Pair) -> None:
    """A function that is new begins with all of its topic that is kept."""
    put(pair.log, 1.0)
    assert pair.place(pair.lane()) is None

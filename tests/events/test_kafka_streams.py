"""Several loops in one group of a real Kafka: shards move between them, nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM
from threading import Event as Flag
from threading import Thread

import pytest
from kafka import KafkaAdminClient

from events import types
from events.kafka import KafkaLog, KafkaOptions
from events.kafka_reader import SESSION
from events.pace import PACE, Pace
from events.stream import Stream
from events.writer import Writer
from functions.clock.ticker import TICK_FOR, Ticker
from functions.manifest import manifest
from stores.open import Stores, Urls, open_stores
from tests.events.counting import counted, counting, given, put
from tests.events.logs import SHARDS, kafka_options

START = 1_795_485_640_000_000
OFTEN = Pace(0.1, 0.1, 0.1)


def until(found: Callable[[], object], what: object, seconds: float = 60.0) -> None:
    """Waits until it is so."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, str(what)
        time.sleep(0.02)


@dataclass
class Loop:
    """A Stream in a thread."""

    stream: Stream
    seen: list[float]
    stop: Flag = field(default_factory=Flag)

    def __str__(self) -> str:
        reader = self.stream._reader
        return f"{self.seen} {self.stream.trouble} {self.stream.stopped} {reader.shards()} {self._thread.is_alive()}"

    def start(self) -> None:
        self._thread = Thread(target=self.stream.run, args=(self.stop,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@dataclass
class Place:
    """A log on Kafka and stores in a folder."""

    options: KafkaOptions
    log: KafkaLog
    stores: Stores
    loops: list[Loop] = field(default_factory=list)

    def loop(self, pace: Pace = OFTEN) -> Loop:
        seen: list[float] = []
        checkpoints = self.stores.checkpoints()
        stream = Stream("test", [counting(seen)], frozenset(), self.log, checkpoints, lambda shard: (), pace)
        made = Loop(stream, seen)
        self.loops.append(made)
        made.start()
        return made

    def close(self) -> None:
        """Ends what still runs, so that a test that fails spoils no other."""
        for loop in self.loops:
            loop.end()
        self.log.close()
        self.stores.close()

    def put(self, first: int, count: int = 20) -> None:
        for shard in range(SHARDS):
            put(self.log, shard, [float(n) for n in range(first, first + count)])

    def put_until(self, found: Callable[[], bool], first: int) -> int:
        """Goes on with `first` until it is so; the number that comes next."""
        numbers = count(first)

        def more() -> bool:
            if not found():
                self.put(next(numbers), 1)
            return found()

        until(more, "what was waited for, under load")
        return next(numbers)

    def idle_after(self, number: int) -> float:
        """Seconds from a last record until nothing is left to save."""
        self.put(number, 1)
        ended = time.monotonic()
        until(lambda: self.lag() == 0, "all is saved")
        return time.monotonic() - ended

    def lag(self) -> int:
        """Records that are not committed, as KEDA counts them."""
        with closing(KafkaAdminClient(bootstrap_servers=list(self.options.servers))) as admin:
            group = self.options.prefix + "test"
            at = {tp.partition: at.offset for tp, at in admin.list_group_offsets([group])[group].items()}
        return sum(self.log.end(types.INBOX, shard) - at.get(shard, 0) for shard in range(SHARDS))


@pytest.fixture
def place(kafka_url: str, tmp_path: Path) -> Iterator[Place]:
    options, stores = kafka_options(kafka_url), open_stores(Urls.embedded(tmp_path))
    place = Place(options, KafkaLog(options, SHARDS), stores)
    yield place
    place.close()


def test_shards_that_move_lose_and_double_nothing(place: Place) -> None:
    first = place.loop()
    place.put(0)
    until(lambda: len(first.seen) == 40, "the first has both shards")
    second = place.loop()
    reached = place.put_until(lambda: bool(second.seen), 20)
    first.end()
    reached = place.put_until(lambda: second.seen.count(second.seen[-1]) == 2, reached)
    third = place.loop()
    reached = place.put_until(lambda: bool(third.seen), reached)
    until(lambda: place.lag() == 0, "all is saved")
    second.end()
    third.end()
    assert [counted(place.stores, shard) for shard in range(SHARDS)] == [reached, reached]
    for shard in range(SHARDS):
        assert [value for _, value in given(place.log, shard)] == [float(n) for n in range(reached)]


def test_a_sleepers_save_is_refused(place: Place, tmp_path: Path) -> None:
    """It is stopped as a machine may stop it, another takes over, and it wakes with what it had begun."""
    command = [sys.executable, "-m", "tests.events.sleeper", f"kafka://{place.options.where}", place.options.prefix]
    with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as sleeper:
        assert sleeper.stdout is not None
        said: list[str] = []
        Thread(target=lambda: said.extend(sleeper.stdout or ()), daemon=True).start()
        try:
            place.put(0, 10)
            until(lambda: any("seen 20" in line for line in said), "the sleeper has both shards")
            os.kill(sleeper.pid, SIGSTOP)
            place.put(10, 10)
            other = place.loop()
            until(lambda: other.seen.count(19.0) == 2, "the other has both shards")
            other.end()
            os.kill(sleeper.pid, SIGCONT)
            place.put(20, 10)
            until(lambda: place.lag() == 0, "the sleeper has them again")
            os.kill(sleeper.pid, SIGTERM)
            assert sleeper.wait(20) == 0
        finally:
            sleeper.kill()
    assert [counted(place.stores, shard) for shard in range(SHARDS)] == [30, 30]
    for shard in range(SHARDS):
        assert [value for _, value in given(place.log, shard)] == [float(n) for n in range(30)]


def test_an_owner_that_does_not_know_it_yet_is_refused(place: Place) -> None:
    """The group says that a shard is its own, the checkpoint says that it is not."""
    loop = place.loop()
    place.put(0, 5)
    until(lambda: len(loop.seen) == 10, "it has both shards")
    until(lambda: place.lag() == 0, "it has saved")
    place.stores.checkpoints().take(0, ["count"])
    put(place.log, 0, [5.0])
    until(lambda: "taken by another" in loop.stream.trouble.get(0, ""), "its save is refused")
    until(lambda: not loop.stream.trouble and place.lag() == 0, "it takes the shard again")
    loop.end()
    assert [counted(place.stores, shard) for shard in range(SHARDS)] == [6, 5]


def test_it_leaves_at_once_and_the_next_need_not_wait(place: Place) -> None:
    first = place.loop(PACE)
    place.put(0, 1)
    until(lambda: len(first.seen) == 2, "it has both shards")
    began = time.monotonic()
    first.end()
    second = place.loop()
    place.put(1, 1)
    until(lambda: len(second.seen) == 2, "the next has both shards")
    assert time.monotonic() - began < SESSION / 1000, "no session had to run out"
    assert second.seen == [1.0, 1.0], "what was done is saved"
    second.end()


def test_keda_sees_the_truth(place: Place) -> None:
    """Committed lag stays below half of what would start another replica, and is 0 soon after the last record; one look
    in four, and two ends in three, may fall into a moment in which this machine did something else."""
    rate, steps = 20, 60
    loop = place.loop(PACE)
    place.put(0, 1)
    until(lambda: loop.seen and place.lag() == 0, "it runs")
    threshold = float(manifest().pods["stream"].lag.removesuffix("s")) * rate * SHARDS
    lags = []
    for step in range(steps):
        time.sleep(2 / rate)
        place.put(1 + 2 * step, 2)
        if step >= 30:
            lags.append(place.lag())
    assert sorted(lags)[len(lags) * 3 // 4] < threshold / 2, (lags, threshold)
    assert min(place.idle_after(1 + 2 * steps + n) for n in range(3)) < 3.0
    loop.end()


def test_lag_is_0_for_good_when_nothing_has_come_for_long(place: Place) -> None:
    """Ticks are records, too: they end, so that what reads the log may scale to nothing."""
    loop = place.loop()
    place.put(0, 1)
    ticker = Ticker(place.log, Writer(place.log, "clock", lambda: START))

    def tick(first: int, last: int) -> list[int]:
        for clock in range(first, last, 4_000_000):
            ticker.tick(clock)
        place.log.flush()
        return [place.log.end(types.INBOX, shard) for shard in range(SHARDS)]

    ends = tick(START, START + TICK_FOR + 60_000_000)
    assert min(ends) > 1000
    until(lambda: len(loop.seen) == 2 and place.lag() == 0, "all is saved")
    assert tick(ticker.last + 4_000_000, ticker.last + TICK_FOR) == ends
    assert place.lag() == 0
    loop.end()


def test_a_position_out_of_range_stops_the_shard_alone(place: Place) -> None:
    loop = place.loop()
    place.put(0, 5)
    until(lambda: len(loop.seen) == 10, loop)
    loop.end()
    with closing(KafkaAdminClient(bootstrap_servers=list(place.options.servers))) as admin:
        from kafka import TopicPartition

        place.put(5, 5)
        admin.delete_records({TopicPartition(place.options.prefix + types.INBOX, 0): 8})
    again = place.loop()
    until(lambda: "is stopped" in again.stream.trouble.get(0, ""), "shard 0 stops")
    until(lambda: len(again.seen) == 5, "shard 1 goes on")
    assert "restore both" in again.stream.trouble[0]
    again.end()

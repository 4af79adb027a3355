"""The edge's clock, when it ticks, and which shards hear it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.event import Event
from events.local import LocalLog
from events.payloads import Command, Ticked
from events.types import CLOCK_TICKED, COMMAND_GIVEN, INBOX
from events.writer import Writer
from functions.clock.edge import HIGHEST_SPEED, EdgeClock
from functions.clock.pace import Pace
from functions.clock.ticker import TICK_FOR, Ticker

START = 1_795_485_640_000_000
SECOND = 1_000_000


class Hand:
    """Nanoseconds that a test moves."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += round(seconds * 1e9)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LocalLog]:
    log = LocalLog(tmp_path, 2)
    yield log
    log.close()


@pytest.fixture
def ticker(log: LocalLog) -> Ticker:
    return Ticker(log, Writer(log, "clock", lambda: START))


def ticks(log: LocalLog, shard: int = 0) -> list[int]:
    return [r.event.data.clock for r in log.read(INBOX, shard, 0, 10_000) if isinstance(r.event.data, Ticked)]


def test_the_clock_runs_from_its_start_at_its_speed() -> None:
    hand = Hand()
    clock = EdgeClock(START, 144.0, hand)
    hand.move(2.5)
    assert clock.now() == START + 360 * SECOND


@pytest.mark.parametrize("speed", [0.0, -1.0, HIGHEST_SPEED + 1])
def test_a_speed_that_no_tick_can_follow_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="choose a lower one"):
        EdgeClock(START, speed)


def test_it_ticks_once_a_second() -> None:
    hand = Hand()
    pace = Pace(EdgeClock(START, 1.0, hand))
    assert pace.period == 1.0
    assert list(pace.due()) == [START]
    hand.move(1.05)
    assert list(pace.due()) == [START + 1_050_000]


@pytest.mark.parametrize("speed", [1.0, 10.0, 144.0, HIGHEST_SPEED])
def test_ticks_are_never_a_gap_apart_however_fast_the_clock_and_late_the_thread(speed: float) -> None:
    hand, last = Hand(), START
    pace = Pace(EdgeClock(START, speed, hand))
    list(pace.due())
    for late in (0.0, 0.001, 0.02, 0.3, 0.9):
        hand.move(pace.period + late)
        due = list(pace.due())
        assert all(0 < b - a < 5 * SECOND for a, b in zip([last, *due], due, strict=False))
        last = due[-1]
    assert last == START + int(hand.at * speed) // 1000


def test_a_long_absence_stays_a_gap() -> None:
    hand = Hand()
    pace = Pace(EdgeClock(START, 144.0, hand))
    list(pace.due())
    hand.move(10)
    assert list(pace.due()) == [START + 1440 * SECOND]


def test_a_clock_that_stands_still_does_not_tick() -> None:
    pace = Pace(EdgeClock(START, 1.0, Hand()))
    assert len(list(pace.due())) == 1
    assert list(pace.due()) == []


def test_it_tells_until_it_is_stopped() -> None:
    stop, told = threading.Event(), list[int]()

    def tell(clock: int) -> None:
        told.append(clock)
        if len(told) == 3:
            stop.set()

    Pace(EdgeClock(START, 200.0)).run(tell, stop)
    assert len(told) == 3


def test_every_shard_hears_the_tick(log: LocalLog, ticker: Ticker) -> None:
    ticker.tick_now(START)
    for shard in (0, 1):
        [record] = log.read(INBOX, shard, 0, 10)
        assert record.event.type == CLOCK_TICKED
        assert record.event.data == Ticked(clock=START, ticker=0, tickers=1)
        assert (record.event.time, record.event.source[:7], record.event.sequence) == (START, "/clock/", "1")


def test_a_tick_never_goes_back(log: LocalLog, ticker: Ticker) -> None:
    for clock in (START, START - 1, START, START + 1):
        ticker.tick_now(clock)
    assert ticks(log) == [START, START + 1]


def test_a_clock_behind_the_logs_is_told_also_after_a_restart(log: LocalLog, ticker: Ticker) -> None:
    """Ticks that are passed over would otherwise be the only sign that no silence is judged any more."""
    assert ticker.trouble(START) is None
    ticker.tick(START + 86_400 * SECOND)
    log.flush()
    again = Ticker(log, Writer(log, "clock", lambda: START))
    for one in (ticker, again):
        assert "2026-11-25" in (one.trouble(START) or "") and one.trouble(START + 86_400 * SECOND) is None


def test_two_tickers_keep_no_shard_awake_for_each_other(log: LocalLog) -> None:
    pair = [Ticker(log, Writer(log, f"clock-{n}", lambda: START), n, 2) for n in range(2)]
    step = 4 * SECOND

    def tick_until(clock: int, last: int) -> int:
        while clock < last:
            clock += step
            for ticker in pair:
                ticker.tick_now(clock)
        return clock

    clock = tick_until(START, START + TICK_FOR + 60 * SECOND)
    ended = [log.end(INBOX, shard) for shard in (0, 1)]
    assert tick_until(clock, clock + 60 * SECOND)
    assert [log.end(INBOX, shard) for shard in (0, 1)] == ended, "asleep"
    log.append(INBOX, 1, [command()])
    log.flush()
    tick_until(clock + 60 * SECOND, clock + 120 * SECOND)
    assert log.end(INBOX, 0) == ended[0] and log.end(INBOX, 1) > ended[1] + 4


def test_a_shard_without_work_falls_asleep_and_wakes_alone(log: LocalLog, ticker: Ticker) -> None:
    step = 4 * SECOND
    for clock in range(START, START + TICK_FOR + 20 * step, step):
        ticker.tick(clock)
    log.flush()
    asleep = len(ticks(log))
    assert asleep == TICK_FOR // step
    log.append(INBOX, 1, [command()])
    log.flush()
    ticker.tick_now(START + TICK_FOR + 20 * step)
    assert (len(ticks(log, 0)), len(ticks(log, 1))) == (asleep, asleep + 1)


def test_a_gap_wakes_every_shard(log: LocalLog, ticker: Ticker) -> None:
    ticker.tick_now(START)
    later = START + TICK_FOR + 60 * SECOND
    ticker.tick_now(later)
    ticker.tick_now(later + SECOND)
    assert ticks(log) == [START, later, later + SECOND]


def command() -> Event:
    given = Command(id="1", kind="resolve", alert="a", device="d", by="me", at=START)
    return Event(COMMAND_GIVEN, given, START, id="1", source="/api/1", sequence="1")

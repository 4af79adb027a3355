"""The contract of the port Log: order, durability, positions. Written once, run over every implementation."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from events.log import Log, OutOfRange, Place
from tests.events.logs import LOGS, SHARDS, batch, drained, joined, numbers, opener, tick


@pytest.fixture(params=LOGS)
def opened(request: pytest.FixtureRequest) -> Callable[[], Log]:
    """Opens the log; again after a close."""
    return opener(request.param, request)


@pytest.fixture
def log(opened: Callable[[], Log]) -> Iterator[Log]:
    log = opened()
    yield log
    log.close()


def test_a_new_log_is_empty(log: Log) -> None:
    assert log.shards == SHARDS
    assert (log.begin("inbox", 0), log.end("inbox", 0)) == (0, 0)
    assert list(log.read("inbox", 0, 0, 10)) == []


def test_offsets_count_from_zero_in_each_topic_and_shard(log: Log) -> None:
    log.append("inbox", 0, [tick(1), tick(2)])
    log.append("inbox", 1, [tick(3)])
    log.append("alert", 0, [tick(4)])
    log.append("inbox", 0, [tick(5)])
    log.flush()
    assert [(r.topic, r.shard, r.offset, r.event.sequence) for r in log.read("inbox", 0, 0, 10)] == [
        ("inbox", 0, 0, "1"), ("inbox", 0, 1, "2"), ("inbox", 0, 2, "5"),
    ]  # fmt: skip
    assert [log.end("inbox", 0), log.end("inbox", 1), log.end("alert", 0), log.end("alert", 1)] == [3, 1, 1, 0]


def test_an_event_is_read_as_it_was_appended(log: Log) -> None:
    event = tick(7)
    log.append("inbox", 0, [event])
    log.flush()
    assert log.read("inbox", 0, 0, 1)[0].event == event


def test_what_is_read_is_shared_and_cannot_be_changed(log: Log) -> None:
    log.append("inbox", 0, [batch(1)])
    log.flush()
    readings = log.read("inbox", 0, 0, 1)[0].event.data
    for column in (readings.value, readings.late, readings.revised, readings.device):
        assert not column.flags.writeable


def test_read_gives_at_most_limit(log: Log) -> None:
    log.append("inbox", 0, map(tick, range(10)))
    log.flush()
    assert numbers(log.read("inbox", 0, 3, 4)) == [3, 4, 5, 6]
    assert numbers(log.read("inbox", 0, 8, 4)) == [8, 9]
    assert numbers(log.read("inbox", 0, 10, 4)) == []


def test_what_is_not_held_is_not_read(log: Log) -> None:
    log.append("inbox", 0, [tick(1)])
    log.flush()
    with pytest.raises(OutOfRange, match="inbox/0"):
        log.read("inbox", 0, 2, 1)
    with pytest.raises(OutOfRange, match="inbox/0"):
        log.read("inbox", 0, -1, 1)


def test_a_log_that_is_opened_again_holds_what_was_flushed(opened: Callable[[], Log]) -> None:
    first = opened()
    first.append("inbox", 0, map(tick, range(700)))
    first.append("telemetry", 1, [batch(5)])
    first.flush()
    first.close()
    again = opened()
    again.append("inbox", 0, [tick(700)])
    again.flush()
    found = [r for at in range(0, 701, 100) for r in again.read("inbox", 0, at, 100)]
    assert numbers(found) == list(range(701))
    assert [r.offset for r in found] == list(range(701))
    assert list(again.read("telemetry", 1, 0, 1)[0].event.data.rows()) == list(batch(5).data.rows())
    again.close()


def test_a_reader_reads_from_where_it_was_told_and_goes_on(log: Log) -> None:
    log.append("inbox", 0, map(tick, range(5)))
    log.append("inbox", 1, map(tick, range(10, 13)))
    log.flush()
    reader = joined(log.reader("store", ["inbox"]))
    assert reader.shards() == frozenset(range(SHARDS))
    reader.seek(("inbox", 0), 2)
    reader.seek(("inbox", 1), 0)
    records = drained(reader, 6)
    assert numbers([r for r in records if r.shard == 0]) == [2, 3, 4]
    assert numbers([r for r in records if r.shard == 1]) == [10, 11, 12]
    log.append("inbox", 0, [tick(5)])
    log.flush()
    assert numbers(drained(reader, 1)) == [5]
    reader.close()


def test_a_place_without_a_position_is_not_read(log: Log) -> None:
    log.append("inbox", 0, [tick(1)])
    log.append("alert", 0, [tick(2)])
    log.flush()
    reader = joined(log.reader("store", ["inbox", "alert"]))
    reader.seek(("alert", 0), 0)
    assert numbers(drained(reader, 1)) == [2]
    reader.close()


def test_a_reader_of_some_shards_has_these(log: Log) -> None:
    log.append("inbox", 0, [tick(1)])
    log.append("inbox", 1, [tick(2)])
    log.flush()
    reader = log.reader("live", ["inbox"], [1])
    assert reader.shards() == frozenset({1})
    reader.seek(("inbox", 1), 0)
    assert numbers(drained(reader, 1)) == [2]
    reader.close()


@pytest.mark.parametrize("offset", [-1, 3])
def test_a_position_that_is_not_held_stops_the_reader(log: Log, offset: int) -> None:
    log.append("inbox", 0, [tick(1), tick(2)])
    log.flush()
    reader = joined(log.reader("store", ["inbox"]))
    reader.seek(("inbox", 0), offset)
    with pytest.raises(OutOfRange, match="inbox/0") as stopped:
        drained(reader, 1)
    assert stopped.value.place == ("inbox", 0)
    reader.close()


def test_a_poll_ends_when_there_is_something(log: Log) -> None:
    reader = joined(log.reader("store", ["inbox"]))
    reader.seek(("inbox", 0), 0)
    polled: list[int] = []
    thread = threading.Thread(target=lambda: polled.extend(numbers(reader.poll(20))))
    thread.start()
    log.append("inbox", 0, [tick(1)])
    thread.join(10)
    assert polled == [1]
    reader.close()


def test_a_poll_with_nothing_to_give_ends_empty(log: Log) -> None:
    reader = joined(log.reader("store", ["inbox"]))
    reader.seek(("inbox", 0), 0)
    assert list(reader.poll(0.01)) == []
    reader.close()


def test_a_reader_at_the_end_reads_what_comes_after(log: Log) -> None:
    log.append("inbox", 0, [tick(1)])
    log.flush()
    reader = log.reader("live", ["inbox", "alert"], range(SHARDS))
    reader.seek_to_end()
    log.append("inbox", 0, [tick(2)])
    log.append("alert", 1, [tick(3)])
    log.flush()
    assert sorted(numbers(drained(reader, 2))) == [2, 3]
    reader.close()


def test_no_place_keeps_another_waiting(log: Log) -> None:
    """A part of what one has, and the next one's turn comes."""
    for shard in range(SHARDS):
        log.append("inbox", shard, map(tick, range(8000)))
    log.append("alert", 0, [tick(1)])
    log.flush()
    reader = joined(log.reader("store", ["inbox", "alert"]))
    places = {("inbox", 0), ("inbox", 1), ("alert", 0)}
    for place in places:
        reader.seek(place, 0)
    polled = Counter[Place]()
    while set(polled) != places:
        records = reader.poll(0.1)
        assert len(records) <= 512
        polled.update((record.topic, record.shard) for record in records)
    assert max(polled.values()) < 8000
    reader.close()


def test_groups_do_not_disturb_each_other(log: Log) -> None:
    log.append("inbox", 0, map(tick, range(3)))
    log.flush()
    readers = [joined(log.reader(group, ["inbox"])) for group in ("a", "b", "c")]
    for reader in readers:
        reader.seek(("inbox", 0), 0)
    assert [numbers(drained(reader, 3)) for reader in readers] == [[0, 1, 2]] * 3
    for reader in readers:
        reader.close()


def test_each_thread_keeps_its_order(log: Log) -> None:
    def produce(name: int) -> None:
        for n in range(50):
            log.append("inbox", 0, [tick(name * 1000 + n)])
        log.flush()

    threads = [threading.Thread(target=produce, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = numbers(log.read("inbox", 0, 0, 200))
    assert [[n for n in found if n // 1000 == name] for name in range(4)] == [
        [name * 1000 + n for n in range(50)] for name in range(4)
    ]

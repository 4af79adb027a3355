"""A writer names its records so that a loss is seen: a source of its own, and a count without holes for each shard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from events.codec import Malformed
from events.event import Event
from events.local import LocalLog
from events.trace import trace_id
from events.writer import IDLE, Writer
from tests.events.logs import SHARDS, tick


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LocalLog]:
    log = LocalLog(tmp_path, SHARDS)
    yield log
    log.close()


def _event() -> Event:
    return replace(tick(0), id="", source="", sequence="")


def _writer(log: LocalLog, name: str) -> Writer:
    return Writer(log, name, clock=lambda: 0)


def _written(log: LocalLog, shard: int = 0) -> list[Event]:
    log.flush()
    return [record.event for record in log.read("inbox", shard, 0, 100)]


def test_records_are_counted_from_one_in_each_shard(log: LocalLog) -> None:
    writer = _writer(log, "bridge")
    for shard in (0, 0, 1, 0):
        writer.append(shard, _event())
    assert [event.sequence for event in _written(log)] == ["1", "2", "3"]
    assert [event.sequence for event in _written(log, 1)] == ["1"]
    events = _written(log) + _written(log, 1)
    assert {event.source.rsplit("/", 1)[0] for event in events} == {"/bridge"}
    assert len({event.id for event in events}) == len(events)


def test_who_appends_is_told_what_was_written(log: LocalLog) -> None:
    assert [_writer(log, "api").append(0, _event())] == _written(log)


def test_a_trace_begins_here_unless_it_has_begun(log: LocalLog) -> None:
    begun = replace(_event(), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    for event in (_event(), begun):
        _writer(log, "api").append(0, event)
    new, kept = (event.traceparent for event in _written(log))
    assert trace_id(new) != trace_id(kept) == "0af7651916cd43dd8448eb211c80319c"


def test_each_start_is_another_writer(log: LocalLog) -> None:
    for _ in range(2):
        _writer(log, "bridge").append(0, _event())
    first, second = _written(log)
    assert first.source != second.source
    assert (first.sequence, second.sequence) == ("1", "1")


def test_an_id_of_its_own_is_kept(log: LocalLog) -> None:
    _writer(log, "api").append(0, replace(_event(), id="command-7"))
    assert _written(log)[0].id == "command-7"


def test_a_writer_that_was_idle_takes_a_new_source(log: LocalLog) -> None:
    times = iter([10, 10 + IDLE, 10 + 2 * IDLE + 1])
    writer = Writer(log, "api", clock=lambda: next(times))
    for _ in range(3):
        writer.append(0, _event())
    first, second, third = _written(log)
    assert first.source == second.source != third.source
    assert [first.sequence, second.sequence, third.sequence] == ["1", "2", "1"]


def test_what_was_not_appended_is_not_counted(log: LocalLog) -> None:
    writer = _writer(log, "api")
    writer.append(0, _event())
    with pytest.raises(Malformed):
        writer.append(0, replace(_event(), subject="a\nb"))
    writer.append(0, _event())
    assert [event.sequence for event in _written(log)] == ["1", "2"]


def test_threads_share_a_writer(log: LocalLog) -> None:
    writer = _writer(log, "bridge")
    threads = [Thread(target=lambda: [writer.append(0, _event()) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    assert [int(record.event.sequence) for record in log.read("inbox", 0, 0, 300)] == list(range(1, 201))

"""Messages on their way: awkward devices, recordings and the lines of the books."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from simulator.awkward import awkwardly
from simulator.books import Readings, Truth
from simulator.clock import Clock, instant
from simulator.faults import Fault, Plan, Wishes
from simulator.fleet import Fleet
from simulator.messages import Message
from simulator.replay import recorded, replayed
from simulator.schedule import Schedule
from simulator.signals import Signals

BEGIN = 1_795_521_600.0


def _messages(fleet: Fleet) -> list[Message]:
    plan = Plan(fleet, Wishes((), rate=0, after=BEGIN))
    return list(Schedule(Signals(fleet), plan, BEGIN, lambda fault: None).messages(120))


def test_awkward_devices_repeat_reorder_and_revise(fleet: Fleet) -> None:
    plain = _messages(fleet)
    awkward = list(awkwardly(plain, ["repeat", "reorder", "revise"], fleet))
    first = {(m.device, m.time): m.values for m in plain}
    by_mark = defaultdict(list)
    for message in awkward:
        by_mark[message.mark].append(message)
    assert [m.due for m in awkward] == sorted(m.due for m in awkward)
    assert {(m.device, m.time) for m in awkward} == set(first)
    assert all(m.values == first[m.device, m.time] for m in by_mark["repeat"])
    assert all(m.values != first[m.device, m.time] for m in by_mark["revise"])
    assert all(m.due * 1000 >= m.time - BEGIN * 1000 + fleet.interval for m in by_mark["reorder"])
    assert len(awkward) == len(plain) + len(by_mark["repeat"]) + len(by_mark["revise"])
    assert min(len(by_mark[mark]) for mark in ("repeat", "reorder", "revise")) > 20


def test_only_what_is_asked_for_is_awkward(fleet: Fleet) -> None:
    marks = {m.mark for m in awkwardly(_messages(fleet), ["reorder"], fleet)}
    assert marks == {"", "reorder"}


def test_a_recording_is_replayed_with_its_times(fleet: Fleet, tmp_path: Path) -> None:
    sent = list(recorded(iter(_messages(fleet)), tmp_path / "tape"))
    again = list(replayed(tmp_path / "tape"))
    assert [(m.due, m.device, m.time, m.names, m.values) for m in again] == [
        (m.due, m.device, m.time, m.names, m.values) for m in sent
    ]
    assert [m.encoded() for m in again] == [m.encoded() for m in sent]


def test_what_is_no_recording_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "tape").write_text('{"offset": 0, "device": "a", "payload": "{\\"time\\": 1}"}\n{"offset": 1}\n')
    with pytest.raises(ValueError, match="line 2"):
        list(replayed(tmp_path / "tape"))


def test_a_line_for_each_reading_with_its_fate(tmp_path: Path) -> None:
    book = Readings(tmp_path / "sent", more=False)
    book.enter(Message(0, "a", 5, ("x", "y"), [1.0, 2.0], order=7, acked=True))
    book.enter(Message(0, "a", 6, ("x", "y"), [3.0, 4.0], mark="revise", order=8, acked=True, refused={"y": "bad"}))
    book.close()
    lines = [orjson.loads(line) for line in (tmp_path / "sent").read_bytes().splitlines()]
    assert lines == [
        {"device": "a", "metric": "x", "time": 5, "value": 1.0, "acked": True, "order": 7},
        {"device": "a", "metric": "y", "time": 5, "value": 2.0, "acked": True, "order": 7},
        {"device": "a", "metric": "x", "time": 6, "value": 3.0, "acked": True, "order": 8, "mark": "revise"},
        {"device": "a", "metric": "y", "time": 6, "value": 4.0, "acked": False, "order": 8, "mark": "revise",
         "refused": "bad"},
    ]  # fmt: skip


def test_the_truth_tells_the_times_of_the_readings_concerned(fleet: Fleet, tmp_path: Path) -> None:
    book = Truth(tmp_path / "truth", False, fleet)
    book.begun(Fault("spike", 1, 0, 100, 102, 5.5))
    book.begun(Fault("offline", 2, -1, 100, 200, 1.0))
    book.close()
    spike, offline = (orjson.loads(line) for line in (tmp_path / "truth").read_bytes().splitlines())
    phase = int(fleet.phases[1])
    assert spike == {
        "kind": "spike", "device": "pump-0001", "metric": "pressure", "start": 100_000 + phase,
        "end": 102_000 + phase, "size": 5.5,
    }  # fmt: skip
    assert offline["metric"] is None


def test_more_goes_on_after_what_is_there(tmp_path: Path) -> None:
    for more in (False, True):
        book = Readings(tmp_path / "sent", more)
        book.enter(Message(0, "a", 5, ("x",), [1.0]))
        book.close()
    assert len((tmp_path / "sent").read_bytes().splitlines()) == 2


def test_simulated_time_runs_at_its_speed() -> None:
    clock = Clock(start=BEGIN, speed=60.0, origin=100.0)
    assert clock.moment(120) == 102.0


@pytest.mark.parametrize("text", ["1795521600000", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00+01:00"])
def test_a_start_is_read(text: str) -> None:
    assert instant(text) == BEGIN


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant("2026-11-24T12:00:00")

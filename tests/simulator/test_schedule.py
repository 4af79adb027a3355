"""The open loop, and what faults do to messages: always the same run with and without one fault."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.faults import Fault, Plan, Wishes
from simulator.fleet import Fleet, build
from simulator.messages import Message
from simulator.schedule import Schedule
from simulator.signals import Signals

BEGIN = 1_795_521_600.0
Values = dict[int, float]


def _run(
    fleet: Fleet, kinds: tuple[str, ...], duration: float, begin: float = BEGIN
) -> tuple[list[Message], list[Fault]]:
    """With kinds: the first round begins 60 s after BEGIN."""
    begun: list[Fault] = []
    plan = Plan(
        fleet, Wishes(kinds, rate=0 if not kinds else 4, after=BEGIN + 1e9, first=BEGIN + 60 if kinds else None)
    )
    return list(Schedule(Signals(fleet), plan, begin, begun.append).messages(duration)), begun


@pytest.fixture
def alone() -> Fleet:
    """One pump, a message a second."""
    return build(["pump"], 1, 0, 1.0, seed=5)


def _pair(fleet: Fleet, kind: str, duration: float) -> tuple[Fault, Values, Values]:
    """The fault, and by tick the values of its metric with and without it."""
    faulty, begun = _run(fleet, (kind,), duration)
    healthy, _ = _run(fleet, (), duration)
    assert len(begun) == 1
    fault = begun[0]
    with_it, without = ({m.time // 1000: m.values[fault.column] for m in run} for run in (faulty, healthy))
    return fault, with_it, without


def _during(fault: Fault, values: Values) -> list[float]:
    return [v for t, v in values.items() if fault.start <= t <= fault.end]


def test_messages_are_due_when_their_device_says(fleet: Fleet) -> None:
    messages, _ = _run(fleet, (), 20)
    dues = [m.due for m in messages]
    assert len(messages) == 200
    assert dues == sorted(dues)
    assert all(0 <= d < 20 for d in dues)
    assert all(m.time == round((BEGIN + m.due) * 1000) for m in messages)
    assert len({(m.device, m.time) for m in messages}) == 200


def test_a_run_that_begins_later_says_the_same(fleet: Fleet) -> None:
    kinds = ("drift", "stuck", "noise", "dropout")
    whole, _ = _run(fleet, kinds, 400)
    rest, _ = _run(fleet, kinds, 150, begin=BEGIN + 250)
    cut = round((BEGIN + 250) * 1000)
    assert [(m.device, m.time, m.values) for m in rest] == [
        (m.device, m.time, m.values) for m in whole if m.time >= cut
    ]


def test_a_spike_is_one_to_three_readings_of_its_size(alone: Fleet) -> None:
    fault, with_it, without = _pair(alone, "spike", 100)
    changed = [t for t in with_it if with_it[t] != without[t]]
    assert changed == list(range(fault.start, fault.end + 1))
    assert 1 <= len(changed) <= 3
    sigma = alone.metrics[0][fault.column].sigma
    for t in changed:
        assert (with_it[t] - without[t]) / sigma == pytest.approx(fault.size, abs=0.6)


def test_a_drift_reaches_four_sigma_in_five_minutes_and_comes_back(alone: Fleet) -> None:
    fault, with_it, without = _pair(alone, "drift", 700)
    sigma = alone.metrics[0][fault.column].sigma
    offset = {t: (with_it[t] - without[t]) / sigma * np.sign(fault.size) for t in with_it}
    assert offset[fault.start + 150] == pytest.approx(2, abs=0.3)
    assert offset[fault.start + 300] == pytest.approx(4, abs=0.3)
    assert max(offset.values()) < 4.3
    assert with_it[fault.end + 1] == without[fault.end + 1]


def test_a_stuck_sensor_says_the_very_same_for_two_minutes(alone: Fleet) -> None:
    fault, with_it, without = _pair(alone, "stuck", 300)
    during = _during(fault, with_it)
    assert set(during) == {without[fault.start - 1]}
    assert len(during) >= 120
    assert with_it[fault.end + 1] == without[fault.end + 1]


def test_a_noisy_sensor_has_three_times_its_noise(alone: Fleet) -> None:
    fault, with_it, _ = _pair(alone, "noise", 500)
    during = np.array(_during(fault, with_it))
    assert len(during) >= 300
    robust = 1.4826 * np.median(np.abs(during - np.median(during)))
    assert robust == pytest.approx(3 * alone.metrics[0][fault.column].sigma, rel=0.2)


def test_a_dropout_swallows_half_of_the_messages(alone: Fleet) -> None:
    fault, with_it, without = _pair(alone, "dropout", 500)
    assert len(_during(fault, with_it)) == pytest.approx(len(_during(fault, without)) / 2, rel=0.15)


def test_an_offline_device_is_silent_for_more_than_ninety_seconds(alone: Fleet) -> None:
    fault, with_it, without = _pair(alone, "offline", 300)
    assert len(_during(fault, without)) >= 90
    assert _during(fault, with_it) == []
    assert fault.end + 1 in with_it


def test_an_excursion_crosses_its_alarm_within_ten_seconds() -> None:
    fleet = build(["cold-room"], 1, 0, 1.0, seed=5)
    _, begun = _run(fleet, ("excursion",), 200)
    fault, with_it, _ = _pair(fleet, "excursion", 200)
    assert begun == [fault]
    assert all(with_it[t] > 8.0 for t in range(fault.start + 10, fault.start + 120))

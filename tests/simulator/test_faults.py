"""The plan of faults: kinds, lengths, sizes, quiet between them, and the same wherever a run begins."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from simulator.faults import KINDS, Fault, Plan, Wishes
from simulator.fleet import Fleet, build
from simulator.profiles import PROFILES

DAY = 86_400
BEGIN = 1_795_521_600


def _faults(plan: Plan, device: int, begin: int, end: int) -> Iterator[Fault]:
    tick = begin
    while (fault := plan.following(device, tick)) and fault.start < end:
        yield fault
        tick = fault.end + 1


@pytest.fixture
def plan(fleet: Fleet) -> Plan:
    return Plan(fleet, Wishes(KINDS, rate=12, after=BEGIN))


def test_every_kind_comes_with_its_length_and_size(fleet: Fleet, plan: Plan) -> None:
    lengths = {
        "spike": (0, 2), "drift": (360, 900), "stuck": (120, 600), "dropout": (300, 601), "noise": (300, 601),
        "offline": (90, 601), "excursion": (120, 400),
    }  # fmt: skip
    seen = set()
    for device in range(fleet.count):
        for fault in _faults(plan, device, BEGIN, BEGIN + 5 * DAY):
            seen.add(fault.kind)
            shortest, longest = lengths[fault.kind]
            assert shortest <= fault.end - fault.start <= longest
            assert (fault.column == -1) == (fault.kind in ("dropout", "offline"))
            if fault.kind == "spike":
                assert 5 <= abs(fault.size) <= 8
            if fault.kind == "drift":
                assert abs(fault.size) == 4
            if fault.column >= 0:
                assert fleet.metrics[device][fault.column].shape == "analogue"
    assert seen == set(KINDS)


def test_the_rate_is_kept_and_faults_of_a_device_have_quiet_between_them(fleet: Fleet, plan: Plan) -> None:
    for device in range(fleet.count):
        faults = list(_faults(plan, device, BEGIN, BEGIN + 5 * DAY))
        assert len(faults) == pytest.approx(60, abs=3)
        assert all(b.start - a.end >= 1200 for a, b in itertools.pairwise(faults))


def test_the_plan_does_not_depend_on_where_a_run_begins(fleet: Fleet, plan: Plan) -> None:
    later = Plan(fleet, Wishes(KINDS, rate=12, after=BEGIN + DAY))
    known = [f for f in _faults(plan, 3, BEGIN, BEGIN + 2 * DAY) if f.start >= BEGIN + DAY]
    assert list(_faults(later, 3, BEGIN + DAY, BEGIN + 2 * DAY)) == known


def test_nothing_comes_before_the_warm_up_is_over(fleet: Fleet) -> None:
    plan = Plan(fleet, Wishes(KINDS, rate=96, after=BEGIN + 3000))
    firsts = [plan.following(device, BEGIN) for device in range(fleet.count)]
    assert min(f.start for f in firsts if f) >= BEGIN + 3000


def test_the_first_round_brings_each_kind_at_once_and_quiet_after_it() -> None:
    fleet = build(list(PROFILES), 20, 0, 1.0, seed=7)
    plan = Plan(fleet, Wishes(KINDS, rate=96, after=BEGIN, first=BEGIN + 5))
    everyone = [list(_faults(plan, device, BEGIN, BEGIN + 3600)) for device in range(20)]
    planted = sorted((f for fs in everyone for f in fs if f.start <= BEGIN + 5 + 3 * len(KINDS)), key=lambda f: f.start)
    assert [f.kind for f in planted if f.start == BEGIN + 5 + 3 * KINDS.index(f.kind)] == list(KINDS)
    excursion = planted[[f.kind for f in planted].index("excursion")]
    assert fleet.ids[excursion.device].startswith("cold-room")
    own = everyone[excursion.device]
    assert own[1].start - own[0].end >= plan.quiet


def test_an_excursion_crosses_the_alarm_of_its_metric(fleet: Fleet) -> None:
    plan = Plan(fleet, Wishes(("excursion",), rate=12, after=BEGIN))
    for device in range(fleet.count):
        fault = plan.following(device, BEGIN)
        assert fault
        metric = fleet.metrics[device][fault.column]
        assert metric.alarm
        level = fleet.parameters["level"][device, fault.column]
        assert level + fault.size * metric.sigma > metric.alarm[0] + 4 * metric.sigma


def test_no_kinds_or_no_rate_is_no_fault(fleet: Fleet) -> None:
    assert Plan(fleet, Wishes((), rate=4, after=BEGIN)).following(0, BEGIN) is None
    assert Plan(fleet, Wishes(KINDS, rate=0, after=BEGIN)).following(0, BEGIN) is None

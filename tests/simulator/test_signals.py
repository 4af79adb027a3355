"""Signals are functions of seed and device time, and look as their profile says."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.fleet import Fleet, build
from simulator.profiles import PROFILES, sized
from simulator.signals import Signals

NOON = 1_795_521_600  # a tick of one second


def _column(fleet: Fleet, device: int, metric: str, ticks: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    signals = Signals(fleet)
    devices = np.full(ticks, device)
    chunk = signals.chunk(devices, NOON + np.arange(ticks))
    column = [m.name for m in fleet.metrics[device]].index(metric)
    return signals.rounded(devices, chunk.values)[:, column]


def test_a_value_does_not_depend_on_what_is_computed_with_it(fleet: Fleet) -> None:
    signals = Signals(fleet)
    devices, ticks = np.arange(10), np.full(10, NOON)
    together = signals.chunk(devices, ticks).values
    for device in range(10):
        alone = signals.chunk(np.array([device, 3]), np.array([NOON, NOON + 7])).values[0]
        assert np.array_equal(alone, together[device])


def test_a_restart_gives_the_same(fleet: Fleet) -> None:
    again = build(list(PROFILES), 10, 0, 1.0, seed=1)
    assert np.array_equal(_column(fleet, 1, "pressure", 100), _column(again, 1, "pressure", 100))
    assert np.array_equal(fleet.phases, again.phases)


def test_more_devices_do_not_change_the_first_ones(fleet: Fleet) -> None:
    larger = build(list(PROFILES), 25, 0, 1.0, seed=1)
    assert larger.ids[:10] == fleet.ids
    assert np.array_equal(_column(fleet, 1, "pressure", 50), _column(larger, 1, "pressure", 50))


def test_another_seed_gives_other_values(fleet: Fleet) -> None:
    other = build(list(PROFILES), 10, 0, 1.0, seed=2)
    assert not np.array_equal(_column(fleet, 1, "pressure", 100), _column(other, 1, "pressure", 100))


@pytest.mark.parametrize("device", range(5))
def test_noise_has_the_robust_sigma_of_the_profile(fleet: Fleet, device: int) -> None:
    for metric in fleet.metrics[device]:
        if metric.shape == "analogue":
            values = _column(fleet, device, metric.name, 7200).reshape(-1, 60)
            about = values - np.median(values, axis=1, keepdims=True)
            assert 1.4826 * np.median(np.abs(about)) == pytest.approx(metric.sigma, rel=0.15), metric.name


@pytest.mark.parametrize("device", range(5))
def test_values_stay_well_within_their_range_and_seldom_repeat(fleet: Fleet, device: int) -> None:
    for metric in fleet.metrics[device]:
        values = _column(fleet, device, metric.name, 20_000)
        assert metric.low <= values.min() <= values.max() <= metric.high
        if metric.shape == "analogue":
            assert np.mean(np.diff(values) == 0) < 0.1, metric.name
            assert values.min() > metric.low + metric.sigma
            assert values.max() < metric.high - metric.sigma
            assert metric.alarm is None or values.max() < metric.alarm[1]


def test_metrics_of_a_device_move_together(fleet: Fleet) -> None:
    current, power = (_column(fleet, 1, name, 7200) for name in ("current", "power"))
    assert np.corrcoef(current, power)[0, 1] > 0.4


def test_noise_remembers_its_predecessor(fleet: Fleet) -> None:
    values = _column(fleet, 1, "vibration", 7200)
    assert 0.35 < np.corrcoef(values[1:], values[:-1])[0, 1] < 0.75


def test_a_vehicle_drives_as_fast_as_it_says(fleet: Fleet) -> None:
    lat, lon, speed = (_column(fleet, 4, name, 600) for name in ("lat", "lon", "speed"))
    north = np.diff(lat) * 111.2
    east = np.diff(lon) * 111.2 * np.cos(np.radians(51.9))
    assert np.hypot(north, east).sum() * 6 == pytest.approx(speed.mean(), rel=0.05)


def test_doors_and_compressors_are_open_or_shut(fleet: Fleet) -> None:
    for name in ("door", "compressor"):
        assert set(_column(fleet, 0, name, 20_000).tolist()) == {0.0, 1.0}


def test_messages_have_as_many_metrics_as_asked() -> None:
    for profile in PROFILES.values():
        for count in (1, 5, 12):
            names = [m.name for m in sized(profile, count)]
            assert len(names) == count
            assert len(set(names)) == count
        assert sized(profile, 0) == profile.metrics

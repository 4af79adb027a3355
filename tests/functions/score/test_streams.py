"""What is told of a series, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from events.payloads import Anomaly
from tests.functions.score.feed import SECOND, START, Feed, course, row

Values = NDArray[np.float64]


def steady(n: int, seed: int = 1) -> Values:
    """Noise about 20, one sigma, two decimals; half of a reading's distance stays in the next."""
    draw = np.random.default_rng(seed).normal(0, 0.866, n)
    noise = np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.5 * noise[i - 1] + draw[i]
    return np.round(20 + noise, 2)


def told(values: Sequence[float] | Values, interval: float = 10.0) -> list[Anomaly]:
    """The anomalies of one series."""
    feed = Feed()
    feed.rows(course(list(values), interval), 1000)
    return feed.anomalies()


def at(index: float, interval: float = 10.0) -> int:
    """The time of a reading."""
    return START + round(index * interval * SECOND)


@pytest.mark.parametrize("interval", [0.2, 1, 10, 900])
def test_hardly_anything_is_told_of_steady_signals(interval: float) -> None:
    """50 series side by side: at most one anomaly in 15,000 readings."""
    signals = [course(steady(600, seed).tolist(), interval, f"d{seed}") for seed in range(50)]
    feed = Feed()
    feed.rows([reading for readings in zip(*signals, strict=True) for reading in readings], 50)
    assert len(feed.anomalies()) <= 2


def test_a_spike() -> None:
    values = steady(600)
    values[500] += 8
    [anomaly] = told(values)
    assert (anomaly.detector, anomaly.start, anomaly.peak_time) == ("spike", at(500), at(500))
    assert (anomaly.peak, anomaly.state, anomaly.end) == (values[500], "closed", at(501))
    assert 5 < anomaly.score < 12
    low, high = anomaly.expected
    assert 14 < low < 20 < high < 26 < anomaly.peak


def test_a_drift() -> None:
    values = steady(700)
    values[600:] += np.minimum(np.arange(100) / 30, 1) * 4  # 4 sigma in 5 min
    first = told(values)[0]
    assert first.detector == "drift"
    assert at(600) < first.start < at(645)
    assert first.expected[1] < first.peak


def test_noise() -> None:
    values = steady(700)
    values[600:640] = 20 + (values[600:640] - 20) * 3
    kinds = {anomaly.detector for anomaly in told(values)}
    assert kinds & {"noise", "spike"}
    assert all(at(600) <= anomaly.start <= at(640) for anomaly in told(values))


def test_a_stuck_value() -> None:
    values = steady(600)
    values[500:520] = values[500]
    [anomaly] = told(values)
    assert (anomaly.detector, anomaly.start) == ("stuck", at(512))
    assert anomaly.end is not None
    assert at(520) <= anomaly.end <= at(524)


def test_a_stuck_value_of_a_fast_series_is_told_after_two_minutes() -> None:
    values = steady(900)
    values[500:615] = values[500]
    assert told(values, 1) == []
    values[500:630] = values[500]
    assert [anomaly.start for anomaly in told(values, 1)] == [at(620, 1)]


def test_readings_that_fail_to_come_are_one_anomaly_of_a_device() -> None:
    feed, drop = Feed(), np.random.default_rng(2).random(60) < 0.5
    values = steady(800)
    for i in range(800):
        if not (500 <= i < 560 and drop[i - 500]):
            feed.rows([row("a", name, at(i), values[i] + n) for n, name in enumerate(("lat", "p", "q", "r"))], 4)
    [anomaly] = feed.anomalies()
    assert (anomaly.detector, anomaly.metric) == ("interval", "p")
    assert at(500) < anomaly.start < at(560)


def test_one_long_silence_is_not_odd() -> None:
    feed, values = Feed(), steady(700)
    feed.rows([reading for i, reading in enumerate(course(values.tolist())) if not 500 <= i < 560], 100)
    assert feed.anomalies() == []


def test_after_a_day_of_silence_another_level_is_none() -> None:
    feed = Feed()
    feed.rows(course(steady(500).tolist()))
    later = [reading._replace(time=reading.time + 86_400 * SECOND) for reading in course((steady(500) + 50).tolist())]
    feed.rows(later)
    assert feed.anomalies() == []


@pytest.mark.parametrize("shape", ["door", "compressor"])
def test_two_valued_metrics(shape: str) -> None:
    ticks = np.arange(1500)
    draw = np.random.default_rng(3)
    opened = np.isin(ticks // 60, np.flatnonzero(draw.random(25) < 1 / 3)) & (ticks % 60 < 4)
    assert told((opened if shape == "door" else ticks % 90 < 45).astype(float)) == []


@pytest.mark.parametrize("step", [1.0, 5.0])
def test_a_coarse_sensor(step: float) -> None:
    wave = steady(1200, 4) + 4 * np.sin(np.arange(1200) / 300)
    assert told(np.round(wave / step) * step) == []


def test_a_daily_course_and_steps_of_load() -> None:
    ticks = np.arange(1440)
    load = np.repeat(np.random.default_rng(5).uniform(-0.8, 0.8, 48), 30)
    smooth = np.convolve(load, np.ones(3) / 3, "same")
    assert told(np.round(steady(1440, 6) + 15 * np.sin(2 * np.pi * ticks / 1440) + smooth, 2), 60) == []


def test_a_new_level_is_told_once_and_then_known() -> None:
    values = steady(1000)
    values[300:500] += 40
    values[700:] += 40
    anomalies = told(values)
    assert [anomaly.start for anomaly in anomalies] == [at(300), at(500)]
    assert all(anomaly.end is not None and anomaly.end - anomaly.start < 1000 * SECOND for anomaly in anomalies)


def test_a_spike_is_found_on_the_new_level() -> None:
    values = steady(800)
    values[300:] += 40
    values[700] -= 9
    assert [anomaly.start for anomaly in told(values)] == [at(300), at(700)]


def test_what_comes_again_and_again_becomes_usual() -> None:
    values = steady(2000)
    values[100::50] += 12
    anomalies = told(values)
    assert 2 <= len(anomalies) <= 8
    assert max(anomaly.start for anomaly in anomalies) < at(1000)


def test_a_new_series_is_not_judged() -> None:
    assert told([20, 20.1, 19.9, 500, 20, -300, 1e9, 20.2]) == []
    assert told([5.0] * 500) == []

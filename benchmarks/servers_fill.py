"""30 days of 1,000 devices in an InfluxDB that is kept for later runs, written through the platform's own store:
`python -m benchmarks.servers_fill [--days N]`. Used by servers_history.py.

A device tells one metric every 25 s: 103,680,000 readings, with the rollups that record would have written. It takes
half an hour the first time; each day is written once, so it may be ended and goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from events.handler import Retry
from events.readings import Readings
from services.cache import held
from services.influx import Influx
from stores.open import open_series
from stores.ports import WIDTHS, Origin, Rollups, Series, Width

DAYS, DEVICES, EVERY, METRIC = 30, 1_000, 25, "temperature"
"""EVERY: seconds."""

SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
KEEP = {"raw": timedelta(days=60), "1m": timedelta(days=90)}
"""InfluxDB keeps days in files of their own, as it does in production."""

LASTS = 20 * DAY
"""What was made longer ago than this is made anew, before the server drops it."""


def place() -> Path:
    """Where it is kept, for all clones on the machine."""
    cache = os.environ.get("TIDINGS_CACHE") or Path.home() / ".cache" / "tidings"
    return Path(cache) / "benchmarks" / f"history-{DEVICES}x{EVERY}"


def begun() -> int:
    """µs UTC: when the history begins. Chosen at the first fill."""
    file = place() / "begun"
    if not file.exists() or int(file.read_text()) + DAYS * DAY < time.time_ns() // 1000 - LASTS:
        shutil.rmtree(place(), ignore_errors=True)
        place().mkdir(parents=True, exist_ok=True)
        file.write_text(str(time.time_ns() // 1000 // DAY * DAY - DAYS * DAY))
    return int(file.read_text())


def filled() -> int:
    """Days that are there."""
    begun()
    file = place() / "days"
    return int(file.read_text()) if file.exists() else 0


def names() -> list[str]:
    """The devices."""
    return [f"sensor-{n:04}" for n in range(DEVICES)]


@contextmanager
def server() -> Iterator[Influx]:
    """Used by one at a time."""
    with held(place() / "lock"), Influx.running(place() / "influx") as influx:
        yield influx


def fill(days: int = DAYS) -> None:
    """Up to so many days of it."""
    if (first := filled()) >= days:
        return
    with server() as influx:
        series = open_series(influx.url, keep=KEEP)
        for day in range(first, days):
            began = time.monotonic()
            for hour in range(24):
                _write(series, day * 24 + hour, begun() + day * DAY + hour * HOUR)
            (place() / "days").write_text(str(day + 1))
            print(f"history: day {day + 1} of {days} in {time.monotonic() - began:.0f} s", flush=True)
        series.close()


def _write(series: Series, offset: int, start: int) -> None:
    """An hour, as record writes it."""
    origin = Origin("main", 0, offset)
    time_, value = _signal(offset, start)
    series.append(origin, _readings(time_, value))
    widths: list[Width] = ["1m", "1h"]
    for width in widths:
        series.roll(origin, width, _rollups(time_, value, WIDTHS[width]))
    while True:
        try:
            return series.flush(0)
        except Retry:
            time.sleep(1.0)


def _signal(seed: int, start: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Times, and a row of values each: a level of its own, the course of the day, and noise."""
    times = np.arange(start, start + HOUR, EVERY * SECOND, dtype=np.int64)
    level = np.linspace(5, 35, DEVICES)
    course = 4 * np.sin(2 * np.pi * times / DAY)
    noise = np.random.default_rng(seed).normal(0, 0.3, (len(times), DEVICES))
    return times, np.round(level + course[:, None] + noise, 2)


def _readings(times: NDArray[np.int64], value: NDArray[np.float64]) -> Readings:
    rows = value.size
    device = np.tile(np.arange(DEVICES, dtype=np.int32), len(times))
    when, no = np.repeat(times, DEVICES), np.zeros(rows, np.bool_)
    return Readings(
        tuple(names()), (METRIC,), device, np.zeros(rows, np.int32), when, when + 5_000, value.ravel(), no, no,
        no.astype(np.uint8),
    )  # fmt: skip


def _rollups(times: NDArray[np.int64], value: NDArray[np.float64], width: int) -> Rollups:
    """Buckets of all devices."""
    begin = np.flatnonzero(np.diff(times // width, prepend=-1))
    starts = np.repeat(times[begin] // width * width, DEVICES)
    count = np.repeat(np.diff(np.append(begin, len(times))), DEVICES)
    last = np.append(begin[1:], len(times)) - 1
    low, high = np.minimum.reduceat(value, begin), np.maximum.reduceat(value, begin)
    total: NDArray[np.float64] = np.add.reduceat(value, begin).round(2)
    return Rollups(
        names() * len(begin), [METRIC] * len(starts), starts, value[begin].ravel(), low.ravel(), high.ravel(),
        value[last].ravel(), total.ravel(), count.astype(np.int64),
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_fill")
    parser.add_argument("--days", type=int, default=DAYS)
    fill(parser.parse_args().days)

"""How quickly history is drawn: `python -m benchmarks.servers_history [--days N]`. 30 days of 1,000 devices in InfluxDB
(servers_fill.py, over 100,000,000 readings and their rollups), asked through HTTP of the API as a process of its own.

Each question is asked 50 times of random devices and moments; cold is the first after a restart of InfluxDB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np

from benchmarks import servers_fill as kept
from benchmarks.pods import Pods
from benchmarks.report import Table, show
from services.influx import Influx
from stores.open import open_series

FEW = 3
"""Days that are written where there are none: two minutes."""

RUNS, PX, SEVERAL = 50, 1_000, 20
WARM, COLD = 300.0, 1_000.0
"""ms, asked: of p95, and of the first after a restart."""

SPANS = {"1 h": kept.HOUR, "1 d": kept.DAY, "30 d": kept.DAYS * kept.DAY}


class Asker:
    """The API over one InfluxDB, and the store itself."""

    def __init__(self, influx: Influx, url: str, days: int) -> None:
        self._influx, self._draw, self._days = influx, Random(7), days
        self._client = httpx.Client(base_url=f"{url}/api/v1/", timeout=60.0)
        self._store = open_series(influx.url)

    def questions(self) -> dict[str, Callable[[], int]]:
        """What is asked, by name; each call asks for others, and gives the points that came."""
        made: dict[str, Callable[[], int]] = {}
        for name, span in SPANS.items():
            made[f"{name}, one series"] = partial(self._series, 1, span)
            made[f"{name}, {SEVERAL} series"] = partial(self._series, SEVERAL, span)
        made["latest of all (of the store: no route asks for it)"] = self._latest
        return made

    def measured(self, ask: Callable[[], int]) -> tuple[float, list[float], int]:
        """ms of the first after a restart and of all others; points of the last answer."""
        self._influx.stop()
        self._influx.start()
        cold, _ = _timed(ask)
        took, points = zip(*(_timed(ask) for _ in range(RUNS)), strict=True)
        return cold, list(took), points[-1]

    def _series(self, several: int, span: int) -> int:
        span = min(span, self._days * kept.DAY)
        chosen = self._draw.sample(kept.names(), several)
        start = kept.begun() + self._draw.randrange(0, self._days * kept.DAY - span + 1, kept.HOUR)
        told = {"from": str(start // 1000), "to": str((start + span) // 1000), "px": str(PX)}
        asked = {"devices": ",".join(chosen), "metrics": kept.METRIC, **told}
        return _points(self._client.get("series", params=asked).raise_for_status().json())

    def _latest(self) -> int:
        return sum(map(len, self._store.latest("main").values()))


def main(days: int | None = None) -> list[Table]:
    """The table. days: as many as are kept, else a FEW."""
    days = days or max(FEW, kept.filled())
    kept.fill(days)
    with asking(days) as asker:
        rows = [_row(name, *asker.measured(ask)) for name, ask in asker.questions().items()]
    readings = days * kept.DEVICES * 86_400 // kept.EVERY
    minutes, hours = days * 1_440 * kept.DEVICES, days * 24 * kept.DEVICES
    title = f"History: {readings:,} readings, {minutes:,} rollups of a minute, {hours:,} of an hour"
    head = ["question", "points", "p50", "p95", f"asked ≤ {WARM:g} ms", "cold", f"asked ≤ {COLD:g} ms"]
    return [Table(title, head, rows, [f"{RUNS} runs each, {PX} px; {days} days of {kept.DEVICES:,} devices."])]


@contextmanager
def asking(days: int) -> Iterator[Asker]:
    """The server and the API pod."""
    with (
        tempfile.TemporaryDirectory(prefix="tidings-history-") as folder,
        kept.server() as influx,
    ):
        told = {"TIDINGS_SERIES": influx.url, "TIDINGS_KEEP_RAW": str(kept.KEEP["raw"].days)}
        with Pods("api", Path(folder) / "api", told) as pod:
            yield Asker(influx, pod.ready(), days)


def _timed(ask: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    points = ask()
    return (time.perf_counter() - began) * 1000, points


def _points(answer: Mapping[str, Any]) -> int:
    """How many numbers came for the series of an answer: none would be a quick answer to the wrong question."""
    return sum(len(each["last"] if "last" in each else each["v"]) for each in answer["series"])


def _row(name: str, cold: float, took: list[float], points: int) -> list[str]:
    p50, p95 = np.percentile(took, [50, 95]).tolist()
    return [
        name, f"{points:,}", f"{p50:.0f} ms", f"{p95:.0f} ms", "yes" if p95 <= WARM else "no", f"{cold:.0f} ms",
        "yes" if cold <= COLD else "no",
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_history")
    parser.add_argument("--days", type=int)
    show(main(parser.parse_args().days))

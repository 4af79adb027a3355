"""What the embedded stores cost on this machine: `python -m benchmarks.stores`. Takes less than a minute, in a
temporary folder. Latencies are wall time, CPU is of the whole process.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from events.checkpoint import Saved
from events.readings import Readings
from stores.open import Stores, Urls, open_stores
from stores.ports import Origin, Series, Versioned

START = 1_795_392_000_000_000
SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
METRICS = tuple(f"metric-{n}" for n in range(10))
ROWS, BATCHES = 10_000, 200
HEAD = f"{'':52} {'p50':>10} {'p99':>10} {'CPU':>11}"


def main() -> None:
    """Prints the table."""
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        stores = open_stores(Urls.embedded(Path(folder)))
        _series(stores.series)
        stores.close()
        _line("open again", *_timed(lambda: open_stores(Urls.embedded(Path(folder))).close(), 3))
        stores = open_stores(Urls.embedded(Path(folder)))
        _documents(stores)
        _checkpoints(stores)
        stores.close()


def _series(series: Series) -> None:
    took, cpu = _timed_each(lambda n: _write(series, n), BATCHES)
    _line(f"append and flush {ROWS:,} rows", took, cpu)
    print(f"  as fast as it goes: {ROWS / float(np.mean(took)):,.0f} rows/s, {cpu / ROWS * 1e6:.2f} µs of CPU a row")
    rows = ROWS * BATCHES + _one_day(series)
    _ask(series, "as written")
    took, cpu = _timed(series.compact, 1)
    _line(f"sort {rows:,} rows", took, cpu)
    print(f"  {took[0] / rows * 1e6:.2f} s per million rows, {series.size() / rows:.1f} B a row on disk")
    _ask(series, "sorted")
    _line("latest of 1,000 devices", *_timed(lambda: series.latest("main"), 5))
    _line("recompute 1,000 minutes from raw", *_timed_each(lambda n: _dirty(series, n), 5))


def _batch(first: int, devices: int, time: int) -> Readings:
    """One reading of each metric of some devices."""
    rows = devices * len(METRICS)
    at = np.arange(rows)
    none = np.zeros(rows, np.bool_)
    return Readings(
        tuple(f"pump-{first + n:05}" for n in range(devices)), METRICS, (at // 10).astype(np.int32),
        (at % 10).astype(np.int32), np.full(rows, time), np.full(rows, time + 5_000),
        np.round(20 + np.sin(at + time / MINUTE), 2), none, none, none.astype(np.uint8),
    )  # fmt: skip


def _write(series: Series, n: int) -> None:
    series.append(Origin("main", 0, n), _batch(0, ROWS // 10, START + n * SECOND))
    series.flush(0)


def _one_day(series: Series) -> int:
    """A device with a reading a second, in the midst of what others wrote; returns the rows."""
    for n in range(0, 86_400, 1_200):
        for second in range(n, n + 1_200):
            series.append(Origin("main", 1, second), _batch(99_999, 1, START + second * SECOND))
        series.flush(1)
    return 864_000


def _ask(series: Series, how: str) -> None:
    device, metric = "pump-99999", METRICS[3]
    noon = START + DAY // 2
    asked: dict[str, Callable[[], object]] = {
        "1 h, every row": lambda: series.raw("main", device, metric, noon, noon + HOUR, 10_000),
        "1 day in 1,000 buckets": lambda: series.buckets("main", device, metric, START, START + DAY, DAY // 1_000),
        "a page of 1,000 readings": lambda: series.readings("main", device, None, noon, START + DAY, None, 1_000),
    }
    for what, ask in asked.items():
        _line(f"{what}, {how}", *_timed(ask, 10))


def _dirty(series: Series, n: int) -> None:
    buckets = [("pump-99999", METRICS[n], START + minute * MINUTE) for minute in range(1_000)]
    series.dirty(Origin("main", 1, 0), "1m", buckets)
    series.flush(1)


def _documents(stores: Stores) -> None:
    documents = stores.documents

    def upsert(n: int) -> None:
        documents.upsert("alerts", [Versioned("main", f"{n}-{i}", 1, _alert(n * 1_000 + i)) for i in range(1_000)])

    _line("upsert 1,000 alerts", *_timed_each(upsert, 20))
    newest = {"state": "active"}
    _line("a page of 100 of 20,000 alerts, newest first", *_timed(
        lambda: documents.find("alerts", "main", newest, "raised_at", True), 20))  # fmt: skip
    _line("put one document", *_timed_each(lambda n: documents.put("rules", "main", "hot", _alert(n), n), 50))


def _alert(n: int) -> dict[str, object]:
    state = "active" if n % 7 == 0 else "cleared"
    return {
        "device": f"pump-{n % 200}",
        "state": state,
        "raised_at": START + n,
        "message": "too hot " * 12,
        "peak": n / 7,
    }


def _checkpoints(stores: Stores) -> None:
    checkpoints, state = stores.checkpoints(), np.random.default_rng(1).bytes(10_000_000)
    checkpoints.take(0, ["score"])
    took, cpu = _timed(lambda: checkpoints.save(0, {"score": Saved(memoryview(state))}), 10)
    _line("save a state of 10 MB", took, cpu)


def _timed(call: Callable[[], object], times: int) -> tuple[list[float], float]:
    return _timed_each(lambda _: call(), times)


def _timed_each(call: Callable[[int], object], times: int) -> tuple[list[float], float]:
    took, cpu = [], time.process_time()
    for n in range(times):
        start = time.perf_counter()
        call(n)
        took.append(time.perf_counter() - start)
    return took, (time.process_time() - cpu) / times


def _line(what: str, took: list[float], cpu: float) -> None:
    p50, p99 = np.percentile(took, [50, 99]) * 1e3
    print(f"{what:52} {p50:7.2f} ms {p99:7.2f} ms {cpu * 1e3:8.2f} ms")


if __name__ == "__main__":
    main()

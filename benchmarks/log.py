"""What the local log costs on this machine: `python -m benchmarks.log`. Takes some seconds, in a temporary folder.

Latencies are wall time, CPU is of the whole process; a batch has the rows given beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import numpy as np

from events import codec, types
from events.event import Event
from events.local import LocalLog
from events.readings import Readings, Row

ROWS = 170
HEAD = f"{'':44} {'p50':>9} {'p99':>9} {'CPU':>10}"


def main() -> None:
    """Prints the table."""
    print(HEAD)
    event = _batch(ROWS)
    attributes, body = codec.write(event)
    _line(f"encode a batch of {ROWS} rows ({len(body)} B)", *_timed(lambda: codec.write(event), 1000))
    _line("decode it", *_timed(lambda: codec.read(attributes, body), 1000))
    with _log() as log:
        _line("append and flush, one batch each", *_timed(lambda: _flushed(log, event), 1000))
        _line("append to a waiting reader, 100 batches/s", *_to_a_reader(log, event, 300))
        print(_throughput(log, event, 4000))


def _batch(rows: int) -> Event:
    now, ten = 1_795_485_640_123_456, 10
    made = [Row(f"pump-{i // ten:04}", f"metric-{i % ten}", now + i, now, 20 + i / 7) for i in range(rows)]
    return Event(types.TELEMETRY_RECEIVED, Readings.of(made), now, id="1", source="/benchmark/1", sequence="1")


@contextmanager
def _log() -> Iterator[LocalLog]:
    with tempfile.TemporaryDirectory() as folder:
        log = LocalLog(Path(folder), 2)
        yield log
        log.close()


def _timed(call: Callable[[], object], times: int) -> tuple[list[float], float]:
    took, cpu = [], time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return took, (time.process_time() - cpu) / times


def _flushed(log: LocalLog, event: Event) -> None:
    log.append("inbox", 0, [event])
    log.flush()


def _to_a_reader(log: LocalLog, event: Event, batches: int) -> tuple[list[float], float]:
    reader = log.reader("benchmark", ["alert"])
    sent: dict[int, float] = {}
    took: list[float] = []
    reader.seek(("alert", 0), 0)

    def read() -> None:
        while len(took) < batches:
            took.extend(time.perf_counter() - sent[record.offset] for record in reader.poll(1))

    thread, start, cpu = Thread(target=read), time.perf_counter(), time.process_time()
    thread.start()
    for i in range(batches):
        time.sleep(max(0.0, start + i / 100 - time.perf_counter()))
        sent[i] = time.perf_counter()
        log.append("alert", 0, [event])
    thread.join()
    return took, (time.process_time() - cpu) / batches


def _throughput(log: LocalLog, event: Event, batches: int) -> str:
    start, before = time.perf_counter(), log.size()
    for i in range(batches):
        log.append("inbox", i % 2, [event])
    log.flush()
    rate = batches / (time.perf_counter() - start)
    size = (log.size() - before) / batches
    return f"as fast as it goes: {rate:,.0f} batches/s, {rate * ROWS:,.0f} rows/s, {size:,.0f} B a batch on disk"


def _line(what: str, took: list[float], cpu: float) -> None:
    p50, p99 = np.percentile(took, [50, 99]) * 1e3
    print(f"{what:44} {p50:6.2f} ms {p99:6.2f} ms {cpu * 1e6:7.0f} µs")


if __name__ == "__main__":
    main()

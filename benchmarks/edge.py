"""What the MQTT edge costs on this machine: `python -m benchmarks.edge`. Broker, bridge and local log as in the demo,
no function behind them; the publisher and the broker run in processes of their own. Takes half a minute.

to log: from the moment a message was due to be sent until the log has it on the disk. CPU: of the bridge's process, and
of the broker's, for a message of 10 metrics.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import orjson

from events.event import Event
from events.local import LocalLog
from events.payloads import Payload
from events.types import PAYLOAD_RECEIVED
from events.writer import Writer
from functions.bridge.bridge import Bridge, Ports
from functions.broker.broker import EmbeddedBroker
from functions.clock.ticker import Ticker
from functions.ingest.handler import handle
from functions.ingest.intake import Intake

SECONDS, DEVICES, METRICS = 6, 10_000, 10
RATES = (200, 1_700, 5_000, 8_300)
HEAD = f"{'messages/s':>12} {'reached':>9} {'p50':>9} {'p99':>9} {'bridge':>10} {'broker':>10} {'records/s':>10}"


def main() -> None:
    """Prints the table."""
    for batch in (1, 17, 48):
        print(f"ingest alone, {batch:2} messages a batch: {_ingest(batch):5.1f} µs a message of {METRICS} metrics")
    print(HEAD)
    for rate in RATES:
        with tempfile.TemporaryDirectory() as folder:
            print(_through(Path(folder), rate))


def now() -> int:
    return time.time_ns() // 1000


def body(due: float) -> bytes:
    """A message due at a time (s): its time says so."""
    values = {f"metric-{i}": 20 + (due + i) % 7 for i in range(METRICS)}
    return orjson.dumps({"time": round(due * 1000), **values})


class _Timed(Intake):
    """Notes how old the first message of each group is when the log has it."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer)
        self.took: list[float] = []
        self.messages = 0
        self.first = self.last = 0.0
        self._due: list[float] = []

    def take(self, tenant: str, payloads: Sequence[Payload]) -> object:  # type: ignore[override]  # it says nothing
        self._due = [orjson.loads(payload.body)["time"] / 1e3 for payload in payloads[::8]]
        self.messages += len(payloads)
        self.first = self.first or time.monotonic()
        return super().take(tenant, payloads)

    def flush(self) -> None:
        super().flush()
        done, self.last = time.time(), time.monotonic()
        self.took += [done - due for due in self._due]
        self._due = []


def _ingest(batch: int) -> float:
    payloads = [Payload(f"pump-{i:05}", body(1_795_485_640 + i), "", 1_795_485_640_000_000) for i in range(batch)]
    event = Event(PAYLOAD_RECEIVED, payloads, 0)
    rounds = 6000 // batch
    start = time.process_time()
    for _ in range(rounds):
        list(handle(event, shards=2))
    return (time.process_time() - start) / rounds / batch * 1e6


def _through(folder: Path, rate: int) -> str:
    broker, log = EmbeddedBroker(folder / "broker", 0), LocalLog(folder / "log", 2)
    writer = Writer(log, "bridge", now)
    intake = _Timed(writer)
    bridge = Bridge(broker.url, Ports(intake, now, Ticker(log, writer).tick, lambda _: True))
    running = threading.Thread(target=bridge.run)
    running.start()
    _until(lambda: bridge.trouble is None)
    used, served = time.process_time(), _cpu(broker.pid)
    command = [sys.executable, "-m", "benchmarks.publisher", str(broker.port), str(rate), str(SECONDS), str(DEVICES)]
    subprocess.run(command, check=True)
    _until(lambda: intake.messages >= rate * SECONDS)
    took, used, served = intake.last - intake.first, time.process_time() - used, _cpu(broker.pid) - served
    bridge.stop()
    running.join()
    records = sum(log.end("inbox", shard) for shard in (0, 1))
    log.close()
    broker.stop()
    p50, p99 = np.percentile(intake.took, [50, 99]) * 1e3
    each = 1e6 / intake.messages
    return (
        f"{rate:12,} {min(rate, intake.messages / took):9,.0f} {p50:6.1f} ms {p99:6.1f} ms {used * each:7.0f} µs "
        f"{served * each:7.0f} µs {records / took:10,.0f}"
    )


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, where /proc tells."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()

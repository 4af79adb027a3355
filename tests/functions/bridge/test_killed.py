"""A bridge that is killed at any moment loses nothing that the broker had taken."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from events.local import LocalLog
from events.readings import FRESH, Readings, Row
from events.types import INBOX
from functions.broker.broker import ROOT, EmbeddedBroker
from tests.brokers import Device, eventually
from tests.functions.bridge.edge import Edge

DEVICES, MESSAGES, KILLS = 5, 150, 2


class Sending:
    """Devices that send one message after another, in a thread; `sent` counts them."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.sent = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self, count: int) -> None:
        eventually(lambda: self.sent >= count, 20)

    def _run(self) -> None:
        for i in range(MESSAGES):
            for name in range(DEVICES):
                self._device.send(f"k{name}", b'{"n": %d, "time": 1795485640123}' % i)
                self.sent += 1


def start(url: str, folder: Path, client_id: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.functions.bridge.process", url, str(folder), client_id]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"connected\n"
    return process


def rows(folder: Path) -> list[Row]:
    log = LocalLog(folder, 1)
    events = [record.event for record in log.read(INBOX, 0, 0, 100_000)]
    log.close()
    return [row for event in events if isinstance(event.data, Readings) for row in event.data.rows()]


def test_nothing_is_lost_when_it_is_killed_and_started_again(
    broker: EmbeddedBroker, device: Device, tmp_path: Path, edge: Callable[..., Edge]
) -> None:
    client_id, total = f"bridge-{tmp_path.name}", DEVICES * MESSAGES
    process = start(broker.url, tmp_path / "killed", client_id)
    sending = Sending(device)
    for kill in range(1, KILLS + 1):
        sending.wait(total * kill // (KILLS + 1))
        process.kill()
        with process:
            pass
        if kill < KILLS:
            process = start(broker.url, tmp_path / "killed", client_id)
    sending.wait(total)
    before = rows(tmp_path / "killed")
    last = edge("last")
    everything = {(f"k{name}", float(i)) for name in range(DEVICES) for i in range(MESSAGES)}
    eventually(lambda: {(row.device, row.value) for row in [*before, *last.rows()]} == everything)
    fresh = Counter((row.device, row.value) for row in [*before, *last.rows()] if row.delivery == FRESH)
    assert max(fresh.values()) == 1
    assert before != []

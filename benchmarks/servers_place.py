"""The platform on the real servers, to be measured: every server and pod a process of its own, each write to InfluxDB
noted as it is answered. Used by the other servers_*.py."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.bad_influx import Answer, BadInflux, Handler
from benchmarks.chaos_place import Place
from benchmarks.demo_process import ROOT
from services.every import SERVERS

RAW = "bucket=main_raw"
NUMBERS = b"telemetry,"
"""How a line with values begins; others are marks."""

_NONE: NDArray[np.float64] = np.empty(0)


class Ground(Place):
    """With the rules of the demo alone; Mosquitto saves as it does by default."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.definitions / "busy.yaml").unlink()
        self._written: deque[tuple[float, bytes]] = deque()
        self._stored = [(_NONE, _NONE)]

    def __enter__(self) -> Ground:
        for name, kind in SERVERS.items():
            self.servers[name] = self._stack.enter_context(kind.running(self.folder / name))
        self.influx = self._stack.enter_context(BadInflux(self.servers["influx"].url))
        self.influx.behave = self._note
        return self

    def pids(self) -> dict[str, int]:
        """Every process by name: servers, then pods."""
        servers = {name: server.pid or 0 for name, server in self.servers.items()}
        return servers | {name: pod.process.pid for name, pod in self.pods.items()}

    def stored(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of every message that is stored: when its values were acknowledged by InfluxDB, and the time in it (s)."""
        while self._written:
            answered, body = self._written.popleft()
            times = np.array([int(line.rpartition(b" ")[2]) / 1e9 for line in _lines(body)])
            self._stored.append((np.full(len(times), answered), times))
        return np.concatenate([at for at, _ in self._stored]), np.concatenate([times for _, times in self._stored])

    @property
    def writes(self) -> int:
        """Of readings to InfluxDB, so far."""
        return len(self._written)

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """The API."""
        return httpx.request(method, f"{self.url}/api/v1/{path}", json=body, timeout=30.0).raise_for_status()

    def _note(self, _influx: BadInflux, handler: Handler, body: bytes) -> Answer | None:
        answer = handler.passed(body)
        if RAW in handler.path and answer[0] < 300:
            self._written.append((time.time(), body))
        return answer


def _lines(body: bytes) -> Iterator[bytes]:
    return (line for line in gzip.decompress(body).splitlines() if line.startswith(NUMBERS))


@contextmanager
def running(module: str, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A module of this folder as a process that says JSON, a line each; ended with the block."""
    told = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", f"benchmarks.{module}", *told]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """What it says next."""
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        raise RuntimeError(f"{process.args!r} ended with {process.wait()} and said nothing")
    told: dict[str, float] = orjson.loads(said)
    return told

"""The demo as a process of its own: started, killed, ended, and nothing of it left behind. Used by chaos.py and by
tests/platform."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGABRT, SIGKILL, SIGTERM, Signals
from types import TracebackType
from typing import Any, TypeVar

import httpx

from functions.broker.files import Files

ROOT = Path(__file__).parents[1]
PATIENCE = 90.0
"""Seconds that anything may take before it counts as failed: the machine may have much else to do."""

ELSEWHERE = {f"TIDINGS_{name}" for name in ("LOG", "SERIES", "DOCUMENTS", "OBJECTS", "MQTT")}
"""Servers that the environment names for other tests: a demo has its own, in its folder, unless told otherwise."""

_PAGE = re.compile(r"the page: http://([\d.]+):(\d+)")
_MQTT = re.compile(r"mqtt://([\d.]+):(\d+)")
T = TypeVar("T")


class Failed(Exception):
    """The demo did not do what was waited for; with what it said."""


def until(found: Callable[[], T | None], what: str, seconds: float = PATIENCE, pause: float = 0.05) -> T:
    """The first true value of `found`. Failed after so long."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:g} s")
        time.sleep(pause)
    return value


class Demo:
    """`python -m functions demo` without simulated devices over a folder, on the same ports at every start. Left as a
    context, its process and its broker are killed."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder, self.port, self.mqtt_port = folder, 0, 0
        self.said = folder.with_name(f"{folder.name}.out")
        named = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self._environment = {**named, "PYTHONFAULTHANDLER": "1", **(environment or {})}
        self._answered = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(timeout=30.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mqtt(self) -> str:
        return f"mqtt://127.0.0.1:{self.mqtt_port}"

    def start(self, *options: str) -> float:
        """Starts it and waits until it is ready; how many seconds that took."""
        began = time.monotonic()
        self.spawn(*options)
        self.port, self.mqtt_port = self._said(_PAGE), self._said(_MQTT)
        try:
            until(self._is_ready, "ready")
        except Failed as failed:
            raise Failed(f"{failed}: {self._answered}\n{self._stacks()}") from failed
        return time.monotonic() - began

    def spawn(self, *options: str) -> None:
        """Starts it and waits for nothing."""
        with self.said.open("wb") as said:
            self._process = subprocess.Popen(
                self.command(*options), cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def command(self, *options: str) -> Sequence[str]:
        """The command line, on the ports that it has by now."""
        return [
            sys.executable, "-m", "functions", "demo", "--devices", "0", "--port", str(self.port),
            "--mqtt-port", str(self.mqtt_port), "--data", str(self.folder), *options,
        ]  # fmt: skip

    def get(self, path: str, **parameters: object) -> Any:
        """The answer of the API to a GET below /api/v1."""
        answer = self._client.get(f"{self.url}/api/v1/{path}", params={k: str(v) for k, v in parameters.items()})
        return answer.raise_for_status().json()

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Any other request, whatever its answer."""
        return self._client.request(method, f"{self.url}{path}", **how)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """As a crash does it."""
        self.signal(SIGKILL)
        self.ended()

    def signal(self, number: Signals) -> None:
        os.kill(self.pid, number)

    def ended(self, seconds: float = PATIENCE) -> int:
        """Its exit status, once it has ended."""
        assert self._process is not None
        return self._process.wait(seconds)

    def end(self, number: Signals = SIGTERM) -> int:
        """Asks it to end; its exit status."""
        self.signal(number)
        return self.ended()

    def broker(self) -> int | None:
        """The process of its broker; None if there is none."""
        files = Files(self.folder / "broker")
        running = files.running()
        return running.pid if running is not None and files.is_held() else None

    def close(self) -> None:
        """Leaves nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        broker = self.broker()
        if broker is not None:
            os.kill(broker, SIGKILL)
            until(lambda: self.broker() is None, "the broker's end")
        self._client.close()

    def __enter__(self) -> Demo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _said(self, line: re.Pattern[str]) -> int:
        def found() -> re.Match[str] | None:
            self._lives()
            return line.search(self.said.read_text())

        return int(until(found, f"{line.pattern} in {self.said}")[2])

    def _is_ready(self) -> bool:
        self._lives()
        try:
            answer = self._client.get(f"{self.url}/readyz")
        except httpx.HTTPError as error:
            self._answered = repr(error)
            return False
        self._answered = answer.text
        return answer.status_code == 200

    def _lives(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            raise Failed(f"it ended with {self._process.returncode}: {self.said.read_text()}")

    def _stacks(self) -> str:
        """What all threads of a process that does nothing are doing: faulthandler tells it at its abortion."""
        self.signal(SIGABRT)
        self.ended()
        return self.said.read_text()

"""Pods as processes of their own: `python -m functions run POD…`, started, killed, ended. Used by chaos_servers.py
and by tests of the platform over Kafka."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from types import TracebackType

import httpx

from benchmarks.demo_process import PATIENCE, ROOT, Failed, until

_READY = re.compile(r"(http://[\d.]+:\d+)")


class Pods:
    """One process that runs some pods. environment: TIDINGS_…; folder: of its own; port: of its web server."""

    def __init__(self, names: str, folder: Path, environment: Mapping[str, str], port: int = 0) -> None:
        self.names, self._folder, self._said = names, folder, folder.with_name(f"{folder.name}.out")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
        self._environment, self._port = {**clean, **environment}, port
        self.process = self._begun("wb")

    def start(self, told: Mapping[str, str] | None = None) -> None:
        """Once more, after its end. told: more of the environment, for this time."""
        self.process = self._begun("ab", told)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def url(self) -> str:
        """Where its web server is, once it says so."""

        def found() -> re.Match[str] | None:
            if self.process.poll() is not None:
                raise Failed(f"{self.names} ended with {self.process.returncode}: {self.said}")
            return _READY.search(self.said)

        return until(found, f"{self.names}: where it listens")[1]

    def ready(self) -> str:
        """Its URL, once all is well."""
        url = self.url()
        until(lambda: httpx.get(f"{url}/readyz", timeout=10).status_code == 200, f"{self.names} ready", pause=0.2)
        return url

    def end(self, number: Signals = SIGTERM, seconds: float = PATIENCE) -> int:
        """Asks it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """As a crash does it."""
        self.end(SIGKILL)

    def close(self) -> None:
        """Leaves nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Pods:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begun(self, mode: str, told: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "functions", "run", *self.names.split(), "--port", str(self._port)]
        with self._said.open(mode) as said:
            return subprocess.Popen(
                [*command, "--mqtt-port", "0", "--data", str(self._folder)], cwd=ROOT,
                env={**self._environment, **(told or {})},
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

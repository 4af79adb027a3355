"""Pods as processes of their own: `python -m functions run POD…`, started, killed, ended. Used by tests of the platform
over Kafka."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM, Signals

import httpx

from benchmarks.demo_process import ROOT, Failed, until

_READY = re.compile(r"(http://[\d.]+:\d+)")


class Pods:
    """One process that runs some pods. environment: TIDINGS_…; folder: of its own."""

    def __init__(self, names: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.names, self._said = names, folder.with_name(f"{folder.name}.out")
        command = [sys.executable, "-m", "functions", "run", *names.split(), "--port", "0", "--mqtt-port", "0"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [*command, "--data", str(folder)], cwd=ROOT, env={**clean, **environment}, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

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

    def end(self, number: Signals = SIGTERM, seconds: float = 20.0) -> int:
        """Asks it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def close(self) -> None:
        """Leaves nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

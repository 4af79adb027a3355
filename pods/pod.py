"""One pod in a process of its own. Used by crew.py."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from services.ports import request
from services.process import Process

ROOT = Path(__file__).parents[1]


class Pod:
    """`python -m functions run NAME`. Its folder holds its pid and what it logs. was_ready: since the demo began."""

    def __init__(self, name: str, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        self.name, self.port, self.log, self.was_ready = name, port, folder / "log", False
        self._process = Process(folder)
        self._command = [sys.executable, "-m", "functions", "run", name, "--port", str(port), "--data", str(folder)]
        self._environment = {"PYTHONPATH": str(ROOT), "TIDINGS_DEFINITIONS": str(ROOT / "definitions"), **settings}

    @property
    def alive(self) -> bool:
        return self._process.pid is not None

    def start(self) -> None:
        """Where an earlier demo was killed, its pod still runs: that one is ended."""
        self._process.end()
        self._process.start(self._command, self._environment)

    def look(self) -> bool:
        """Whether it says that all is well."""
        ready = False
        with suppress(OSError):
            ready = request(self.port, "/readyz")[0] == 200
        self.was_ready |= ready
        return ready

    def ask_to_end(self) -> None:
        """It saves where it stands and leaves its group."""
        self._process.send(signal.SIGTERM)

    def end(self) -> None:
        """Returns when it is gone."""
        self._process.end()

    def last_words(self) -> str:
        """The last line it logged, in a line."""
        return self._process.last_words().split("; ")[-1].removeprefix("tidings: ")

"""The simulator's commands as processes: fleets that send, a listener on the live channel, and the auditor. Used by
chaos.py, latency.py, throughput.py and tests/platform."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from benchmarks.demo_process import PATIENCE, ROOT, until


class Reached(Protocol):
    """A platform of one process or of many. url: of its API."""

    @property
    def url(self) -> str: ...


class Audit(NamedTuple):
    """What `check` says. status: its exit status."""

    status: int
    report: dict[str, Any]
    words: str

    def kinds(self) -> dict[str, int]:
        """How many findings of each kind."""
        counts: dict[str, int] = self.report["counts"]
        return counts


class Fleet:
    """`python -m simulator run` in a process: `--readings` and `--truth` are files under `stem`."""

    def __init__(self, url: str, stem: Path, *options: str) -> None:
        self.readings, self.truth = stem.with_suffix(".readings"), stem.with_suffix(".truth")
        self._command = ["run", "--url", url, "--readings", str(self.readings), "--truth", str(self.truth), *options]
        self._process = started(self._command, stem.with_suffix(".said"))

    def end(self, seconds: float = 2 * PATIENCE) -> int:
        """Sends nothing more and waits for what is in flight; 0 if all was acknowledged. Not before it has begun."""
        until(lambda: self.readings.exists() and self.readings.stat().st_size, f"readings in {self.readings}")
        self._process.send_signal(signal.SIGTERM)
        return self.ended(seconds)

    def ended(self, seconds: float = PATIENCE) -> int:
        """Its exit status, once its time is up."""
        return self._process.wait(seconds)

    def close(self) -> None:
        """Leaves nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


@contextmanager
def fleet(url: str, stem: Path, *options: str) -> Iterator[Fleet]:
    """A fleet for as long as the context lasts, or its own time."""
    running = Fleet(url, stem, *options)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def listening(demo: Reached, events: Path) -> Iterator[None]:
    """What the live channel tells goes into a file, an event a line."""
    process = started(["listen", "--api", demo.url, "--events", str(events)], events.with_suffix(".said"))
    try:
        yield
    finally:
        process.kill()
        process.wait()


def joined(path: Path, parts: Iterable[Path]) -> Path:
    """Several files of lines as one."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def audit(demo: Reached, readings: Path, *options: str, seconds: float = 3 * PATIENCE) -> Audit:
    """Everything that was sent against everything that the platform has."""
    command = _command(["check", "--api", demo.url, "--readings", str(readings), "--json", *options])
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds)
    if not ran.stdout.strip():
        raise AssertionError(f"check said nothing and ended with {ran.returncode}: {ran.stderr}")
    return Audit(ran.returncode, orjson.loads(ran.stdout), ran.stdout)


def started(command: Sequence[str], said: Path) -> subprocess.Popen[bytes]:
    """A command of the simulator; what it says goes into a file."""
    with said.open("wb") as output:
        return subprocess.Popen(
            _command(command), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "simulator", *arguments]

"""A process that outlives the one that started it: found again by a file, and never mistaken for another of its number.

Used by server.py. Linux only: what a process is, is read from /proc.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

GONE_WITHIN = 20.0
"""Seconds from SIGTERM until it is killed, and for a kill to show: Kafka closes its log in about two."""

ROOT = Path(__file__).parents[1]
MOURN = "import sys; from pathlib import Path; from services.process import Process; Process(Path(sys.argv[1])).kill()"

LOOK = 0.02
"""Seconds between two looks whether something has come true."""


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until something is true, so long at most; tells whether it is."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(LOOK)
    return found


def started(pid: int) -> str:
    """The state of a process that has not ended and the moment it began, in ticks since boot; empty: there is none.

    proc(5): fields 3, 20 and 22 of /proc/<pid>/stat; the name before them may hold blanks and brackets. A process whose
    first thread is dead (Z) holds its ports until the last one is.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" and int(fields[17]) <= 1 else fields[19]


@contextmanager
def ends_with_us(folder: Path) -> Iterator[None]:
    """While this lasts, what runs for the folder is killed when this process ends, however it ends: a shell waits for
    the pipe between them to close, which the system sees to."""
    command = ["sh", "-c", 'read -r _; exec "$@"', "sh", sys.executable, "-c", MOURN, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True) as guard:
        try:
            yield
        finally:
            guard.kill()


class Process:
    """What runs for a folder. The file `pid` holds its number and the moment it began: a foreign process that was
    given the same number later is not touched."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "pid"
        self._log = folder / "log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None: nothing runs."""
        if self._child is not None:
            self._child.poll()
        with suppress(OSError, ValueError):
            number, began = self._file.read_text().split()
            if started(int(number)) == began:
                return int(number)
        return None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """In a session of its own, so that a Ctrl-C meant for its starter does not reach it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command, env={**os.environ, **environment}, cwd=self._log.parent, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        pid = self._child.pid
        with suppress(ProcessLookupError):
            _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        self._file.write_text(f"{pid} {started(pid)}")

    def send(self, number: signal.Signals) -> None:
        """To the process, where it runs."""
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = GONE_WITHIN) -> None:
        """Sends the signal and waits until the process is gone; one that takes longer is killed."""
        for each in (number, signal.SIGKILL):
            self.send(each)
            self.send(signal.SIGCONT)
            if eventually(lambda: self.pid is None, within):
                break
        if self._child is not None:
            self._child.wait()
        self._child = None
        self._file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Returns when it is gone."""
        self.end(signal.SIGKILL)

    def last_words(self) -> str:
        """The last two lines it logged: Mosquitto names what is wrong in one and where in the next."""
        lines = self._log.read_text(errors="replace").split("\n") if self._log.exists() else []
        return "; ".join([line.strip() for line in lines if line.strip()][-2:]) or "it logged nothing"

"""Starts the embedded broker, finds the one that is running, watches and ends it. Used by app.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import structlog

import functions
from functions.broker.files import Files, Running
from functions.broker.ports import answers, free, is_free

_logger = structlog.get_logger()

ROOT = Path(functions.__file__).parents[1]
STARTS_WITHIN = 10.0
"""Seconds."""

LOOK = 10.0
"""Seconds between two looks whether it takes connections."""


class CannotStart(Exception):
    """Why there is no broker, and the cure, in a line."""


class EmbeddedBroker:
    """The broker of a data folder, running. lost: how often it was found dead and started again; what it had taken and
    not delivered was lost then."""

    def __init__(self, folder: Path, port: int = 1883, idle: float = 3600.0) -> None:
        """port: for MQTT 3.1.1, 0: a free one. idle: seconds without a platform after which it ends by itself (1 h:
        enough to start the platform again, not enough to be forgotten). CannotStart otherwise."""
        self._files, self._idle = Files(folder), idle
        self._child: subprocess.Popen[bytes] | None = None
        self._files.beat.touch()
        self.lost, self._look, self._ended = 0, 0.0, False
        self._running = self._found(port) or self._start(port, 0)

    @property
    def port(self) -> int:
        """Where devices that speak MQTT 3.1.1 connect."""
        return self._running.port

    @property
    def port5(self) -> int:
        """Where the bridge, and devices that speak MQTT 5, connect."""
        return self._running.port5

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def url(self) -> str:
        """For the bridge."""
        return f"mqtt://127.0.0.1:{self.port5}"

    def watch(self) -> None:
        """To be called about once a second: shows the broker that the platform is there, starts it again if it died."""
        if self._ended:
            return
        self._files.beat.touch()
        if self._child is not None:
            self._child.poll()
        if self._files.is_held() and (time.monotonic() < self._look or self._answers()):
            return
        self.lost += 1
        _logger.warning("the broker died and is started again: what it had taken and not delivered is lost")
        self._end(signal.SIGKILL)
        self._running = self._start(self.port, self.port5)

    def _answers(self) -> bool:
        """Whether it still takes connections: a listener of it can die alone."""
        self._look = time.monotonic() + LOOK
        return _is_ready(self._running)

    def stop(self) -> None:
        """Ends it for good: what devices have sent and the bridge has not taken is lost."""
        self._ended = True
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._files.is_held():
            with suppress(ProcessLookupError):
                os.kill(self._running.pid, how)
        if self._child is not None:
            self._child.wait(STARTS_WITHIN)
        deadline = time.monotonic() + STARTS_WITHIN
        while self._files.is_held() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _found(self, port: int) -> Running | None:
        """The broker that outlived the platform."""
        running = self._files.running()
        if running is None or not self._files.is_held():
            return None
        if port not in (0, running.port):
            raise CannotStart(
                f"the broker of {self._files.folder} still runs on port {running.port}, with what devices have sent: "
                f"start with that port, or end it first: kill {running.pid}"
            )
        if not _is_ready(running):
            raise CannotStart(
                f"the broker of {self._files.folder} runs but does not answer: kill -9 {running.pid}, then start again"
            )
        return running

    def _start(self, port: int, port5: int) -> Running:
        if port and not is_free(port):
            raise CannotStart(
                f"port {port} of 127.0.0.1 is in use: end what uses it, or choose another for MQTT (0: a free one)"
            )
        port = port or free()
        port5 = port5 or (port + 1 if port < 65535 and is_free(port + 1) else free())
        self._files.configure(port, port5)
        with self._files.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "functions.broker.child", str(self._files.folder), str(self._idle)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        running = Running(self._child.pid, port, port5)
        self._files.remember(running)
        self._wait(running)
        return running

    def _wait(self, running: Running) -> None:
        assert self._child is not None
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self._child.poll() is None:
            self._files.beat.touch()
            if _is_ready(running):
                return
            time.sleep(0.05)
        self._child.kill()
        self._child.wait()
        raise CannotStart(f"the broker did not start; what it said is in {self._files.log}")


def _is_ready(running: Running) -> bool:
    return answers(running.port, 4) and answers(running.port5, 5)

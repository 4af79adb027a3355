"""The threads of a process: started by name, stopped together, and when one fails the process is told why. Made by
app.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

import structlog

from events.handler import Retry
from events.log import Broken


class Crew:
    """stop: set when the process should end. failure: the first thread that failed, and how, in a line."""

    def __init__(self) -> None:
        self.stop = Flag()
        self.failure: str | None = None
        self._threads: list[Thread] = []

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Runs `work` in a thread; if it raises, everything is asked to stop."""

        def run() -> None:
            try:
                work()
            except Broken as error:
                self._fail(f"{name}: {error}")
            except BaseException as error:
                structlog.get_logger().exception("a part of the platform failed", part=name)
                self._fail(f"{name}: {type(error).__name__}: {error}")

        thread = Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _fail(self, why: str) -> None:
        self.failure = self.failure or why
        self.stop.set()

    def join(self, seconds: float = 12.0) -> None:
        """Waits for all threads, at most so long."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def every(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        """Runs `work` now and then every so often, until stopped. What it raises fails the process, but for Retry."""

        def repeat() -> None:
            self._try(name, work)
            while not self.stop.wait(seconds):
                self._try(name, work)

        self.start(name, repeat)

    def _try(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Retry as error:
            structlog.get_logger().warning("it will be tried again", part=name, why=str(error))

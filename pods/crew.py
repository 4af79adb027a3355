"""All pods of the manifest, watched: one that dies is started again, as it would be in a cluster. Used by
`python -m pods`."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from functions.manifest import manifest
from pods.pod import Pod
from pods.problem import CannotRun, say
from services.ports import free

LOOK = 0.3
"""Seconds between two looks at the pods."""

FIRST_DELAY, LONGEST_DELAY = 1.0, 15.0
"""Seconds until a pod is started again: at first, and at most; each is twice the one before, until it has SETTLED."""

SETTLED = 60.0
"""Seconds."""

PATIENCE = 150.0
"""Seconds that a pod may take to be ready: seven processes start at once, maybe on a busy machine."""


class Crew:
    """As a context: none is left afterwards."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        declared = manifest()
        names = [*dict.fromkeys([*declared.pods, *declared.log_pods()])]
        self.pods = [
            Pod(name, folder.absolute() / name, port, settings)
            for name, port in zip(names, free(len(names)), strict=True)
        ]
        self._due: dict[str, float] = {}
        self._delay: dict[str, float] = {}
        self._born: dict[str, float] = {}

    @property
    def ports(self) -> Mapping[str, int]:
        """Pod → its port, the same after it was started again."""
        return {pod.name: pod.port for pod in self.pods}

    def start(self, stop: threading.Event) -> None:
        """Returns when all are ready, or told to stop. CannotRun: with the last words of one that is not."""
        if stop.is_set():
            return
        for pod in self.pods:
            pod.start()
        deadline = time.monotonic() + PATIENCE
        while (waiting := [pod for pod in self.pods if not (pod.was_ready or pod.look())]) and not stop.wait(LOOK):
            for pod in waiting:
                if not pod.alive or time.monotonic() > deadline:
                    how = "is not ready" if pod.alive else "cannot start"
                    raise CannotRun(f"pod {pod.name} {how}: {pod.last_words()} (all of it: {pod.log})")

    def watch(self, stop: threading.Event) -> None:
        """Returns when told to stop."""
        while not stop.wait(LOOK):
            for pod in self.pods:
                if not pod.alive:
                    self._revive(pod)

    def _revive(self, pod: Pod) -> None:
        now = time.monotonic()
        due = self._due.get(pod.name)
        if due is None:
            delay = self._next_delay(pod.name, now)
            say(f"pod {pod.name} has died, and is started again in {delay:g} s (its log: {pod.log})")
            self._due[pod.name] = now + delay
        elif now >= due:
            del self._due[pod.name]
            self._born[pod.name] = now
            pod.start()

    def _next_delay(self, name: str, now: float) -> float:
        lately = now - self._born.get(name, -SETTLED) < SETTLED
        delay = self._delay[name] = min(self._delay[name] * 2, LONGEST_DELAY) if lately else FIRST_DELAY
        return delay

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pod in self.pods:
            pod.ask_to_end()
        for pod in self.pods:
            pod.end()

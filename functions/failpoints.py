"""Faults on purpose, by which tests show that ledger and auditor find them. Off unless TIDINGS_FAILPOINTS is set.
catalogue.py puts them between the host, a function and its ports; no function knows of them.

`record:drop@5,files:change@9`: the 5th batch of readings that the function record is given is passed over; in the 9th
that archive appends to its port `files` a value is changed. Batches are counted from 1, over all shards.

`alert:poison@424242`: alert fails at every reading of the value 424242. `save:die@5`: the process kills itself when all
that its 5th save is about is on the log, and nothing is saved; `commit:die@5`: when that is saved, and not committed.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from signal import SIGKILL
from typing import Any

import numpy as np
import structlog

from events.checkpoint import Checkpoints, Saved
from events.clock import now
from events.event import Event
from events.readings import Readings
from events.times import rfc3339

PORTS = frozenset({"series", "files"})
"""Ports with an `append` that takes readings."""

SAVE, COMMIT = "save", "commit"
MOMENTS = frozenset({SAVE, COMMIT})
"""When a process may die."""


class Poison(Exception):
    """On purpose."""


class Failpoints:
    """What goes wrong, where and when. text: points in the form above (settings.py checks it)."""

    def __init__(self, text: str = "") -> None:
        points = [re.split("[:@]", point) for point in text.split(",") if point]
        self._points = {(place, int(at)): what for place, what, at in points}
        self.places = frozenset(place for place, _ in self._points)
        self._poison = {place: float(at) for (place, at), what in self._points.items() if what == "poison"}
        self._seen: Counter[str] = Counter()

    def handler(self, name: str, handle: Callable[..., Iterable[Event]]) -> Callable[..., Iterable[Event]]:
        """The handler of a function, with its faults."""
        if name not in self.places:
            return handle

        def faulty(event: Event, **ports: Any) -> Iterable[Event]:
            if not isinstance(event.data, Readings):
                return handle(event, **ports)
            batches = self._batches(name, event.data, now(ports["state"]) if "state" in ports else 0)
            return [output for batch in batches for output in handle(replace(event, data=batch), **ports)]

        return faulty

    def port(self, name: str, port: Any) -> Any:
        """A port, with its faults."""
        return _Port(port, lambda readings: self._batches(name, readings)) if name in self.places & PORTS else port

    def checkpoints(self, checkpoints: Checkpoints) -> Checkpoints:
        """The same, with the deaths about a save."""
        return _Dying(checkpoints, self._may_die) if self.places & MOMENTS else checkpoints

    def _may_die(self, moment: str) -> None:
        self._seen[moment] += 1
        if self._points.get((moment, self._seen[moment])) == "die":
            os.kill(os.getpid(), SIGKILL)

    def _batches(self, place: str, readings: Readings, clock: int = 0) -> Sequence[Readings]:
        """What becomes of a batch. clock: of the function's ledger, 0 at a port."""
        if place in self._poison and (readings.value == self._poison[place]).any():
            raise Poison(f"{place} met {self._poison[place]:g}")
        self._seen[place] += 1
        what = self._points.get((place, self._seen[place]))
        if what is None or what == "poison" or not len(readings):
            return [readings]
        said = {"place": place, "what": what, "of": rfc3339(int(readings.time[0])), "clock": rfc3339(clock)}
        structlog.get_logger().warning("failpoint", **said)
        return {"drop": [], "twice": [readings, readings], "change": [_changed(readings)]}[what]


class _Port:
    def __init__(self, port: Any, batches: Callable[[Readings], Sequence[Readings]]) -> None:
        self._port, self._batches = port, batches

    def append(self, origin: Any, readings: Readings) -> None:
        for batch in self._batches(readings):
            self._port.append(origin, batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class _Dying:
    """Checkpoints of a process that dies at a save."""

    def __init__(self, checkpoints: Checkpoints, may_die: Callable[[str], None]) -> None:
        self._checkpoints, self._may_die = checkpoints, may_die

    def save(self, shard: int, chain: Mapping[str, Saved]) -> None:
        self._may_die(SAVE)
        self._checkpoints.save(shard, chain)
        self._may_die(COMMIT)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checkpoints, name)


def _changed(readings: Readings) -> Readings:
    """With one more in its first number."""
    value = readings.value.copy()
    value[np.flatnonzero(~np.isnan(value))[:1]] += 1.0
    return replace(readings, value=value)

"""Faults on purpose, by which tests show that ledger and auditor find them. Off unless TIDINGS_FAILPOINTS is set.
catalogue.py puts them between the host, a function and its ports; no function knows of them.

`record:drop@5,files:change@9`: the 5th batch of readings that the function record is given is passed over; in the 9th
that archive appends to its port `files` a value is changed. Batches are counted from 1, over all shards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import structlog

from events.clock import now
from events.event import Event
from events.readings import Readings
from events.times import rfc3339

PORTS = frozenset({"series", "files"})
"""Ports with an `append` that takes readings."""


class Failpoints:
    """What goes wrong, where and when. text: points in the form above (settings.py checks it)."""

    def __init__(self, text: str = "") -> None:
        points = [re.split("[:@]", point) for point in text.split(",") if point]
        self._points = {(place, int(at)): what for place, what, at in points}
        self.places = frozenset(place for place, _ in self._points)
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

    def _batches(self, place: str, readings: Readings, clock: int = 0) -> Sequence[Readings]:
        """What becomes of a batch. clock: of the function's ledger, 0 at a port."""
        self._seen[place] += 1
        what = self._points.get((place, self._seen[place]))
        if what is None or not len(readings):
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


def _changed(readings: Readings) -> Readings:
    """With one more in its first number."""
    value = readings.value.copy()
    value[np.flatnonzero(~np.isnan(value))[:1]] += 1.0
    return replace(readings, value=value)

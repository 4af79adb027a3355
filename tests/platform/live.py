"""Reads what `python -m simulator listen` writes down. Used by the tests that follow an event to the page's channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from benchmarks.demo_process import Demo, until
from benchmarks.simulators import listening


class Channel:
    """The events that have come so far."""

    def __init__(self, events: Path) -> None:
        self._events = events

    def find(self, name: str, **wanted: Any) -> list[dict[str, Any]]:
        """The data of the events of a name that have these values."""
        lines = self._events.read_bytes().splitlines() if self._events.exists() else []
        told = [event["data"] for event in map(orjson.loads, lines) if event["event"] == name]
        return [data for data in told if all(data.get(key) == value for key, value in wanted.items())]

    def wait(self, name: str, **wanted: Any) -> dict[str, Any]:
        """The first such event, once it is there."""
        return until(lambda: self.find(name, **wanted), f"{name} {wanted} on the live channel")[0]


@contextmanager
def channel(demo: Demo, events: Path, knock: Callable[[], object]) -> Iterator[Channel]:
    """The live channel of a platform. knock: makes something be told; done until it is heard, so that nothing that
    comes afterwards is missed."""
    with listening(demo, events):
        until(lambda: knock() and events.exists() and events.stat().st_size, "a word on the live channel", pause=0.2)
        yield Channel(events)

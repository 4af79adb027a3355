"""One browser: what it subscribes to, and what waits to be sent to it. Used by hub.py; no socket, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from functions.live.frames import Slot, frame

MOST_CHANNELS = 64
FASTEST = 20.0
MOST_REJECTED = 10
"""Rejected readings told a second."""

Series = tuple[str, str]
"""device, metric."""


class Refused(ValueError):
    """A subscription that cannot be had; one line."""


@dataclass
class Subscription:
    """Channels of one `sub`, by series; hz: frames a second."""

    channels: dict[Series, int]
    hz: float


@dataclass
class Connection:
    """A browser of one tenant. due: monotonic seconds of its next frame."""

    tenant: str
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    slot: Slot = field(default_factory=Slot)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejected: int = 0
    due: float = 0.0
    _next_channel: int = 0
    _seq: int = 0

    def subscribe(self, asked: Mapping[str, Any]) -> dict[Series, int]:
        """Takes a `sub`; returns its channels. A second one of the same id replaces the first. Refused if it is
        not right."""
        id, devices, metrics, hz = _read(asked)
        self.unsubscribe(id)
        channels = {}
        for series in ((device, metric) for device in devices for metric in metrics):
            channels[series] = self._next_channel
            self._next_channel = (self._next_channel + 1) % 65536
        self.subscriptions[id] = Subscription(channels, hz)
        return channels

    def unsubscribe(self, id: str) -> None:
        """Lets go of a subscription, if there is one."""
        gone = self.subscriptions.pop(id, None)
        for channel in gone.channels.values() if gone else ():
            self.slot.forget(channel)

    def channels(self, series: Series) -> list[int]:
        """The channels on which this series is wanted."""
        return [s.channels[series] for s in self.subscriptions.values() if series in s.channels]

    def frame(self, now: float) -> bytes | None:
        """The next frame if it is due and there is anything in it."""
        if now < self.due or not (points := self.slot.take()):
            return None
        self._seq += 1
        self.due = now + 1 / max((s.hz for s in self.subscriptions.values()), default=FASTEST)
        return frame(self._seq, points)


def _read(asked: Mapping[str, Any]) -> tuple[str, list[str], list[str], float]:
    id, devices, metrics = asked.get("id"), asked.get("devices"), asked.get("metrics")
    if not isinstance(id, str) or not _are_names(devices) or not _are_names(metrics):
        raise Refused("sub takes id (text), devices and metrics (lists of names)")
    if len(devices) * len(metrics) > MOST_CHANNELS:
        raise Refused(f"a sub has at most {MOST_CHANNELS} channels: fewer devices or metrics, or another sub")
    hz = asked.get("hz", 10)
    if not isinstance(hz, int | float) or not 0 < hz <= FASTEST:
        raise Refused(f"hz is more than 0 and at most {FASTEST:g}")
    return id, devices, metrics, float(hz)


def _are_names(names: object) -> TypeGuard[list[str]]:
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)

"""Who is connected and what each is told of an event of the log. Used by server.py, on the web server's loop alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from events import types
from events.event import Event
from events.payloads import Alert, Anomaly, Counted, DeviceState, Rejected
from events.readings import Readings
from events.shown import shown
from functions.live.connection import MOST_REJECTED, Connection

Message = tuple[str, str, Any]
"""connection, name of the message, its data."""


class Hub:
    """Connections by id."""

    def __init__(self) -> None:
        self.connections: dict[str, Connection] = {}
        self._newest: dict[tuple[str, str, str], float] = {}

    def watermark(self, tenant: str, device: str, metric: str) -> float | None:
        """The newest time (Unix ms) that went through here of a series."""
        return self._newest.get((tenant, device, metric))

    def take(self, event: Event) -> Iterator[Message]:
        """What is to be sent at once; readings and devices wait in the connections for their turn."""
        data = event.data
        there = [(id, c) for id, c in self.connections.items() if c.tenant == event.tenant]
        match data:
            case Readings():
                self._readings(event.tenant, data, [c for _, c in there])
            case Alert() | Anomaly():
                name = "alert" if isinstance(data, Alert) else "anomaly"
                told = {**shown(msgspec.to_builtins(data)), "verb": types.verb(event.type)}
                yield from ((id, name, told) for id, _ in there)
            case DeviceState():
                told = shown(msgspec.to_builtins(data))
                for _, connection in there:
                    connection.devices[data.id] = {k: told[k] for k in ("id", "state", "last_received", "last_time")}
            case Counted():
                told = shown(msgspec.to_builtins(data))
                yield from ((id, "ledger", told) for id, _ in there)
            case Rejected():
                yield from _rejected(data, there)

    def _readings(self, tenant: str, readings: Readings, connections: Iterable[Connection]) -> None:
        wanted = {s for c in connections for subscription in c.subscriptions.values() for s in subscription.channels}
        codes = [code for code, device in enumerate(readings.devices) if any(device == d for d, _ in wanted)]
        if not codes:
            return
        for row in readings.take(np.isin(readings.device, codes) & ~readings.late).rows():
            series, time = (row.device, row.metric), row.time / 1000
            if series not in wanted or row.text is not None:
                continue
            self._newest[tenant, row.device, row.metric] = time
            for connection in connections:
                for channel in connection.channels(series):
                    connection.slot.add(channel, time, row.value)

    def frames(self, now: float) -> Iterator[Message]:
        """The binary frames that are due. now: monotonic seconds."""
        for id, connection in self.connections.items():
            frame = connection.frame(now)
            if frame is not None:
                yield id, "tele", frame

    def devices(self) -> Iterator[Message]:
        """The devices that changed since this was asked last; gives back the room for rejected ones too."""
        for id, connection in self.connections.items():
            connection.rejected = 0
            if connection.devices:
                changed, connection.devices = list(connection.devices.values()), {}
                yield id, "device", changed


def _rejected(data: Rejected, there: list[tuple[str, Connection]]) -> Iterator[Message]:
    told = {k: getattr(data, k) for k in ("device", "metric", "reason", "detail", "command")}
    for id, connection in there:
        connection.rejected += 1
        if connection.rejected <= MOST_REJECTED or data.command is not None:
            yield id, "rejected", told

"""Messages of a fleet as a bridge hands them on, recorded before anything is measured. Used by cpu.py and edge.py's
kin: what is timed sees them already made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from events.payloads import Payload

START = 1_795_392_000_000_000
"""µs UTC, of the first message."""

METRICS = (
    "pressure", "flow", "temperature", "vibration", "current", "power", "speed", "metric-7", "metric-8", "metric-9",
)  # fmt: skip
"""Those of a pump by definitions/profiles.yaml, and three that no profile names."""

Group = Sequence[Payload]


@dataclass(frozen=True)
class Load:
    """One shard of a fleet: every device sends METRICS once in `interval` seconds; a group is `messages` of them."""

    name: str
    devices: int
    interval: float
    messages: int

    @property
    def rows(self) -> int:
        """Readings of a group."""
        return self.messages * len(METRICS)

    @property
    def seconds(self) -> float:
        """Between two groups."""
        return self.interval * self.messages / self.devices

    def groups(self) -> Iterator[tuple[int, Group]]:
        """Without end: the moment (µs) at which a group was received, and its messages."""
        draw = np.random.default_rng(1)
        levels = draw.uniform(2, 4, (self.devices, len(METRICS)))
        sent = 0
        while True:
            which = [(sent + i) % self.devices for i in range(self.messages)]
            at = [START + round((sent + i) * self.interval / self.devices * 1e6) for i in range(self.messages)]
            values = np.round(levels[which] + draw.normal(0, 0.1, (self.messages, len(METRICS))), 2).tolist()
            received = at[-1] + 2_000
            yield received, [
                Payload(f"pump-{device:05}", _body(time, row), "", received)
                for device, time, row in zip(which, at, values, strict=True)
            ]  # fmt: skip
            sent += self.messages


def _body(time: int, values: Sequence[float]) -> bytes:
    return orjson.dumps({"time": time // 1000, **dict(zip(METRICS, values, strict=True))})


SMALL = Load("2,000 readings a second", devices=100, interval=1.0, messages=2)
LARGE = Load("1,000,000 readings a minute", devices=5_000, interval=6.0, messages=17)
"""What one of two shards gets at the two rates of the goals, in groups of 20 ms."""

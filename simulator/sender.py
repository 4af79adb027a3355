"""What `run` asks of a transport, and the tally that both transports keep."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from simulator.messages import Message

Settled = Callable[[Message], None]
"""Told once for each message whose fate is known: acknowledged, refused, or given up by a full buffer (neither)."""


KEPT = 500_000  # of the newest delays, for the summary


class Sender(Protocol):
    """Sends messages of many devices, each device's in order, and again until they are acknowledged."""

    tally: Tally

    def offer(self, messages: Iterable[Message]) -> None:
        """Take messages to send; never waits."""

    def serve(self, until: float) -> None:
        """Move bytes until the monotonic moment `until`."""

    def ready(self) -> bool:
        """Whether all connections stand."""

    def waiting(self) -> list[Message]:
        """What is not settled, in order."""

    def close(self) -> None:
        """Leave politely; what is not acknowledged stays so."""


@dataclass(slots=True)
class Tally:
    """Counts and delays of a run. `late` is sending behind the intended moment, `acks` sending to acknowledgement, in
    s.
    """

    sent: int = 0
    acked: int = 0
    refused: int = 0
    dropped: int = 0
    connects: int = 0
    failures: int = 0
    trouble: str = ""
    late: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT), repr=False)
    acks: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT), repr=False)

    def handed(self, message: Message) -> None:
        """The transport takes a message; only the first time counts."""
        if not message.handed:
            message.handed = time.monotonic()
            self.sent += 1
            self.late.append(message.handed - message.moment)

    def settled(self, message: Message) -> None:
        """It was acknowledged or refused."""
        self.acks.append(time.monotonic() - message.handed)
        self.refused += bool(message.refused)
        self.acked += message.acked

    def summary(self) -> dict[str, object]:
        """For people: counts, and the delays in ms."""
        counts = {name: getattr(self, name) for name in ("sent", "acked", "refused", "dropped", "connects", "failures")}
        return {**counts, "late_ms": _quantiles(self.late), "ack_ms": _quantiles(self.acks), "trouble": self.trouble}


def _quantiles(seconds: deque[float]) -> dict[str, float]:
    if not seconds:
        return {}
    p50, p99, top = np.quantile(np.array(seconds) * 1000, [0.5, 0.99, 1.0]).tolist()
    return {"p50": round(p50, 2), "p99": round(p99, 2), "max": round(top, 2)}

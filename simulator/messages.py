"""One message of a device, on its way from `schedule` through a sender into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import orjson

Mark = Literal["", "repeat", "reorder", "revise"]


@dataclass(slots=True)
class Message:
    """`due` is the intended moment of sending in seconds of device time after the run's start; `time` in Unix ms.

    `order` grows with every message offered. `refused` has the platform's reason by metric (`*`: all of them).
    `moment` and `handed` are monotonic: when it should be, and when it was first, handed to the transport.
    """

    due: float
    device: str
    time: int
    names: tuple[str, ...]
    values: list[float]
    mark: Mark = ""
    order: int = 0
    payload: bytes = b""
    acked: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    moment: float = 0.0
    handed: float = 0.0

    def encoded(self) -> bytes:
        """The JSON object that goes over the wire, made once."""
        if not self.payload:
            self.payload = orjson.dumps({"time": self.time, **dict(zip(self.names, self.values, strict=True))})
        return self.payload

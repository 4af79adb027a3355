"""The two files that `check` reads: the truth about faults, and every reading with whether it was acknowledged.

Lines of the truth: kind, device, metric (null for a fault of the whole device), start, end (Unix ms of the first and
the last reading concerned), size. Lines of the readings: device, metric, time (Unix ms), value, acked; `order` and
`mark` tell repeated, reordered and revised ones, `refused` the platform's reason. Written by `run`.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import orjson

from simulator.faults import Fault
from simulator.fleet import Fleet
from simulator.messages import Message

_LINE = orjson.OPT_APPEND_NEWLINE


class Book:
    """A file of JSON lines, or none. `more`: go on after the lines that are there."""

    def __init__(self, path: Path | None, more: bool) -> None:
        self._file: BinaryIO | None = path.open("ab" if more else "wb", buffering=1 << 20) if path else None

    def write(self, line: dict[str, object]) -> None:
        """One more line."""
        if self._file:
            self._file.write(orjson.dumps(line, option=_LINE))

    def flush(self) -> None:
        """Let readers see it."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """The last line is written."""
        if self._file:
            self._file.close()


class Readings(Book):
    """What was sent."""

    def enter(self, message: Message) -> None:
        """A line for each value of a message whose fate is known."""
        if self._file is None:
            return
        line: dict[str, object] = {"device": message.device, "metric": "", "time": message.time, "value": 0.0}
        line |= {"acked": message.acked, "order": message.order}
        if message.mark:
            line["mark"] = message.mark
        if message.refused:
            self._refused(line, message)
            return
        lines = []
        for line["metric"], line["value"] in zip(message.names, message.values, strict=True):
            lines.append(orjson.dumps(line, option=_LINE))
        self._file.write(b"".join(lines))

    def _refused(self, line: dict[str, object], message: Message) -> None:
        for name, value in zip(message.names, message.values, strict=True):
            why = message.refused.get(name) or message.refused.get("*")
            fate: dict[str, object] = {"acked": False, "refused": why} if why else {"acked": True}
            self.write(line | {"metric": name, "value": value} | fate)


class Truth(Book):
    """What was injected."""

    def __init__(self, path: Path | None, more: bool, fleet: Fleet) -> None:
        super().__init__(path, more)
        self._fleet = fleet

    def begun(self, fault: Fault) -> None:
        """A fault shows itself for the first time."""
        metrics = self._fleet.metrics[fault.device]
        phase, interval = int(self._fleet.phases[fault.device]), self._fleet.interval
        self.write(
            {
                "kind": fault.kind,
                "device": self._fleet.ids[fault.device],
                "metric": metrics[fault.column].name if fault.column >= 0 else None,
                "start": fault.start * interval + phase,
                "end": fault.end * interval + phase,
                "size": fault.size,
            }
        )
        self.flush()

"""Recordings: lines of offset (s of device time after the start), device and payload. Written and replayed by `run`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from simulator.messages import Message


def recorded(messages: Iterable[Message], path: Path) -> Iterator[Message]:
    """The messages, each written down as it passes."""
    with path.open("wb", buffering=1 << 20) as file:
        for message in messages:
            line = {"offset": message.due, "device": message.device, "payload": message.encoded().decode()}
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            yield message


def replayed(path: Path) -> Iterator[Message]:
    """A recording's messages with the times they had. ValueError: the file, the line and what it lacks."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _message(orjson.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"{path}, line {number} is not of a recording (offset, device, payload): {error!r}"
                ) from None


def _message(line: dict[str, object]) -> Message:
    payload = str(line["payload"]).encode()
    values = orjson.loads(payload)
    time = int(values.pop("time"))
    return Message(
        float(str(line["offset"])), str(line["device"]), time, tuple(values), list(values.values()), payload=payload
    )

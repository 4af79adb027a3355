"""What the web API and the live channel tell of the platform itself: version, clock, sizes, and whether all parts are
well. Made by app.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from events.stream import Stream
from functions.settings import Settings

VERSION = "0.1.0"
DAY = 86_400_000_000

Part = Callable[[], str | None]
"""What is wrong with a part, in a line; None if it is well."""


class Health:
    """Facts for functions/query/facts.py. clock: the last tick, µs (None: there was none). parts: name → its state."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], int | None],
        log_bytes: Callable[[], int | None],
        parts: Mapping[str, Part],
    ) -> None:
        self.version, self.shards = VERSION, settings.shards
        self.kept_raw, self.kept_minutes = settings.keep_raw * DAY, settings.keep_minutes * DAY
        self.clock, self.log_bytes, self._parts = clock, log_bytes, parts

    def health(self) -> Mapping[str, Any]:
        """`{"ok": …, "parts": {name: "ok" or a line}}`, with the size of the log."""
        parts = {name: part() or "ok" for name, part in self._parts.items()}
        return {"ok": all(said == "ok" for said in parts.values()), "parts": parts, "log_bytes": self.log_bytes()}


def of_stream(streams: Sequence[Stream]) -> Part:
    """The state of a pod's streams."""

    def part() -> str | None:
        lines = [stream.stopped for stream in streams if stream.stopped]
        lines += [why for stream in streams for why in stream.trouble.values()]
        return lines[0] if lines else None

    return part

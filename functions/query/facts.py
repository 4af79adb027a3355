"""What the web API must be told by its host, since no store knows it. Given by app.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Facts(Protocol):
    """version: of the platform. kept_raw, kept_minutes: µs for which raw readings and 1-min rollups are kept."""

    version: str
    shards: int
    kept_raw: int
    kept_minutes: int

    def clock(self) -> int | None:
        """The clock of the log, µs; None before the first tick."""

    def log_bytes(self) -> int | None:
        """Bytes the log takes on disk."""

    def health(self) -> Mapping[str, Any]:
        """`{"ok": bool, "parts": {name: "ok" or a line}}`."""

"""How often a lane is flushed and saved, and when it was. Used by stream.py."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from events.shard import Lane


@dataclass(frozen=True)
class Pace:
    """Seconds. idle: nothing came for so long, so flush at once. gather: between two polls, where nobody waits for what
    comes of it: many records at once cost less than one by one, and leave the interpreter to those in a hurry."""

    flush_every: float = 2.0
    save_every: float = 2.0
    idle: float = 0.2
    gather: float = 0.0


PACE = Pace()


@dataclass
class Timed:
    """A lane with its times (monotonic seconds). unsaved: why the last save failed, until one does not."""

    lane: Lane
    flushed: float
    saved: float
    not_before: float = 0.0
    took: float = 0.0
    saving: Future[None] | None = None
    unsaved: str | None = None

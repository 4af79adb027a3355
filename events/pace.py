"""How often a lane is flushed and saved, and when it was. Used by stream.py."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from events.log import Reader
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

AT_ONCE = 0.2
"""Seconds of a save that are believed at once; a longer one must come again before the next ones wait for so long."""


@dataclass
class Timed:
    """A lane with its times (monotonic seconds). not_before: of the next record; flush_from: of the next flush.
    unsaved: why the last save failed, until one does not."""

    lane: Lane
    reader: Reader
    flushed: float
    saved: float
    looked: float
    flush_from: float = 0.0
    not_before: float = 0.0
    took: float = 0.0
    saving: Future[None] | None = None
    unsaved: str | None = None

    def __post_init__(self) -> None:
        if self.lane.waits:
            self.flush_from = self.looked + self.reader.grace

    def look(self, now: float) -> bool:
        """Whether it may flush; asked at every turn. Who was not awake for a session may have lost the shard and not
        know it yet: it writes over nothing until it must have been told."""
        if self.lane.overwrites and 0 < self.reader.session < now - self.looked:
            self.flush_from = now + self.reader.grace
        self.looked = now
        return now >= self.flush_from

    def is_to_flush(self, now: float, idle: bool, pace: Pace) -> bool:
        """Whether what was given should be made durable now."""
        soon = idle or self.lane.urgent or now - self.flushed >= pace.flush_every
        return self.lane.dirty and soon and now >= self.flush_from

    def learn(self, seconds: float) -> None:
        """A save took so long. One that is longer than twice the last has waited for a store that was away: that is no
        habit, and ten times as long would leave all that came meanwhile unsaved for minutes."""
        self.took = min(seconds, max(AT_ONCE, 2 * self.took))

    def is_to_save(self, now: float, idle: bool, pace: Pace) -> bool:
        """Whether, right after a flush, the position should move."""
        soon = idle or self.lane.urgent or now - self.saved >= max(pace.save_every, 10 * self.took)
        return soon and self.saving is None

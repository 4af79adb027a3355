"""The event: what every function takes and gives. Used by everything; knows nothing of wires, logs or hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("9f3a3e0e-6f0b-5d8c-9c55-7d1b6a1e2f40")
"""Root of the ids that come from content; changing it renames every alert and anomaly."""

OFFSET_WIDTH, INDEX_WIDTH = 16, 6


@dataclass(frozen=True, slots=True)
class Event:
    """One CloudEvent in memory. `data` stays decoded until it meets a wire.

    time: µs UTC, taken from the parent or the clock of the log, never from a wall clock behind the inbox.
    source, sequence: whose event this is and its place there; a host stamps them (`/inbox/0/validate`, `…042.000001`).
    prior: the sequence that source gave before this one in the same topic ("" for its first).
    writer, count: of a record read from the inbox, who appended it and that writer's running count for the shard.
    """

    type: str
    data: Any
    time: int
    subject: str = ""
    tenant: str = "main"
    id: str = ""
    source: str = ""
    sequence: str = ""
    prior: str = ""
    partitionkey: str = ""
    traceparent: str = ""
    writer: str = ""
    count: int = 0

    def child(
        self,
        type: str,
        data: Any,
        *,
        subject: str = "",
        id: str = "",
        time: int | None = None,
    ) -> Event:
        """An event that a function makes of this one; the host adds source, sequence and prior, and an id if none
        is given."""
        return Event(
            type, data, self.time if time is None else time, subject, self.tenant, id, self.source, self.sequence,
            traceparent=self.traceparent,
        )  # fmt: skip

    def stamped(self, source: str, sequence: str, prior: str) -> Event:
        """This output with its place in the order; an event without an id of its own is named by that place."""
        return Event(
            self.type, self.data, self.time, self.subject, self.tenant, self.id or sequence, source, sequence, prior,
            self.partitionkey, self.traceparent, self.writer, self.count,
        )  # fmt: skip

    @property
    def offset(self) -> int:
        """The inbox offset that this event descends from."""
        return int(self.sequence[:OFFSET_WIDTH])

    @property
    def shard(self) -> int:
        """The shard of the inbox that this event descends from."""
        return int(self.source.split("/", 3)[2])


def root_source(shard: int) -> str:
    """The source that every lineage of a shard begins with."""
    return f"/inbox/{shard}"


def root_sequence(offset: int) -> str:
    """An inbox offset as a sequence: fixed width, so that strings sort as numbers."""
    return f"{offset:0{OFFSET_WIDTH}d}"


def child_sequence(parent: str, index: int) -> str:
    """The sequence of a parent's output: one more fixed-width part for each hop."""
    return f"{parent}.{index:0{INDEX_WIDTH}d}"


def content_id(*parts: object) -> str:
    """The id of a lasting thing, from its content alone: the same in every repeat."""
    return str(uuid5(NAMESPACE, "\x1f".join(map(str, parts))))

"""Hands the messages of an edge through ingest into the inbox. app.py gives one each to bridge and HTTP edge."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from events.event import Event
from events.payloads import Payload
from events.trace import Hop, unseen
from events.types import PAYLOAD_RECEIVED
from events.writer import Writer
from functions.ingest.body import Limits
from functions.ingest.handler import DEFAULT, Outcome, take


class Intake:
    """Not durable before `flush`. An exception of either means that the log is broken and the process should end.

    hop, edge: who is told of the way of each batch, and the names of its first two parts: from the receipt of the
    oldest message to here, and into the log.
    counts: `messages`, `readings`, and `refused` by reason (`refused/empty`), since the start.
    """

    def __init__(
        self, writer: Writer, limits: Limits = DEFAULT, hop: Hop = unseen, edge: tuple[str, str] = ("http", "ingest")
    ) -> None:
        self._writer, self._limits, self._hop, self._edge = writer, limits, hop, edge
        self._taken: list[tuple[Event, int, int]] = []
        self.counts: Counter[str] = Counter()

    def take(self, tenant: str, payloads: Sequence[Payload]) -> Sequence[Outcome]:
        """Appends what messages of one tenant give; returns what became of each."""
        began = time.time_ns()
        received = min((payload.received * 1000 for payload in payloads), default=began)
        event = Event(PAYLOAD_RECEIVED, payloads, self._writer.clock(), tenant=tenant)
        outcomes, given = take(event, self._writer.shards, self._limits)
        for each in given:
            self._taken.append((self._writer.append(int(each.partitionkey), each), min(received, began), began))
        self._count(outcomes)
        return outcomes

    def flush(self) -> None:
        """Returns when all that was taken is durable."""
        self._writer.flush()
        taken, self._taken = self._taken, []
        for event, received, began in taken:
            self._hop(self._edge[0], event, received, began, first=True)
            self._hop(self._edge[1], event, began)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        self.counts["messages"] += len(outcomes)
        self.counts["readings"] += sum(outcome.readings for outcome in outcomes)
        self.counts.update(f"refused/{each.reason}" for outcome in outcomes for each in outcome.refusals)

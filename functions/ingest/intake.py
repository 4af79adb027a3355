"""Hands the messages of an edge through ingest into the inbox. app.py gives one each to bridge and HTTP edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from events.event import Event
from events.payloads import Payload
from events.types import PAYLOAD_RECEIVED
from events.writer import Writer
from functions.ingest.body import Limits
from functions.ingest.handler import DEFAULT, Outcome, take


class Intake:
    """Not durable before `flush`. An exception of either means that the log is broken and the process should end.

    counts: `messages`, `readings`, and `refused` by reason (`refused/empty`), since the start.
    """

    def __init__(self, writer: Writer, limits: Limits = DEFAULT) -> None:
        self._writer, self._limits = writer, limits
        self.counts: Counter[str] = Counter()

    def take(self, tenant: str, payloads: Sequence[Payload]) -> Sequence[Outcome]:
        """Appends what messages of one tenant give; returns what became of each."""
        event = Event(PAYLOAD_RECEIVED, payloads, self._writer.clock(), tenant=tenant)
        outcomes, given = take(event, self._writer.shards, self._limits)
        for each in given:
            self._writer.append(int(each.partitionkey), each)
        self._count(outcomes)
        return outcomes

    def flush(self) -> None:
        """Returns when all that was taken is durable."""
        self._writer.flush()

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        self.counts["messages"] += len(outcomes)
        self.counts["readings"] += sum(outcome.readings for outcome in outcomes)
        self.counts.update(f"refused/{each.reason}" for outcome in outcomes for each in outcome.refusals)

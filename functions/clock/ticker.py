"""Appends ticks to the shards in use. Told by the bridge when its tick has come back through the broker, or by the pace
itself where there is no MQTT."""

from __future__ import annotations

from dataclasses import replace

from events.clock import GAP
from events.event import Event
from events.log import Log
from events.payloads import Ticked
from events.types import CLOCK_TICKED, INBOX
from events.writer import Writer

TICK_FOR = 75 * 60_000_000
"""µs. A shard is in use for so long after the start, after a gap, and after anything but a tick has come into it. No
deadline is longer than an hour; when all are past, ticks stop and what reads the log may sleep."""


class Ticker:
    """ticker, tickers: which one this is of how many; the log's clock follows the lowest. One thread uses it."""

    def __init__(self, log: Log, writer: Writer, ticker: int = 0, tickers: int = 1) -> None:
        self._log, self._writer = log, writer
        self._tick = Ticked(clock=0, ticker=ticker, tickers=tickers)
        self.last = 0
        self._until = [0] * log.shards
        self._expected = [0] * log.shards

    def tick(self, clock: int) -> None:
        """Appends a tick of this clock (µs) to each shard in use. Passes over one that is not later than the last."""
        if clock <= self.last:
            return
        gap = clock - self.last > GAP
        self.last = clock
        for shard in range(self._log.shards):
            end = self._log.end(INBOX, shard)
            if gap or end > self._expected[shard]:
                self._until[shard] = clock + TICK_FOR
            self._expected[shard] = max(end, self._expected[shard])
            if clock < self._until[shard]:
                self._append(shard, clock)

    def tick_now(self, clock: int) -> None:
        """The same, durable on return: for a pod that ticks without a broker."""
        self.tick(clock)
        self._writer.flush()

    def _append(self, shard: int, clock: int) -> None:
        tick = Ticked(clock=clock, ticker=self._tick.ticker, tickers=self._tick.tickers)
        self._writer.append(shard, replace(Event(CLOCK_TICKED, tick, clock), partitionkey=str(shard)))
        self._expected[shard] += 1

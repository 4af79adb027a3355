"""Appends ticks to the shards in use. Told by the bridge when its tick has come back through the broker, or by the pace
itself where there is no MQTT."""

from __future__ import annotations

from dataclasses import replace

from events.clock import GAP
from events.event import Event
from events.log import Log
from events.payloads import Ticked
from events.times import rfc3339
from events.types import CLOCK_TICKED, INBOX
from events.writer import Writer

TICK_FOR = 75 * 60_000_000
"""µs. A shard is in use for so long after the start, after a gap, and after anything but a tick has come into it. No
deadline is longer than an hour; when all are past, ticks stop and what reads the log may sleep."""


LOOKED_AT = 256
"""Records of a shard in which its last tick is looked for: more than come in a second."""


class Ticker:
    """ticker, tickers: which one this is of how many; the log's clock follows the lowest. One thread uses it."""

    def __init__(self, log: Log, writer: Writer, ticker: int = 0, tickers: int = 1) -> None:
        self._log, self._writer = log, writer
        self._tick = Ticked(clock=0, ticker=ticker, tickers=tickers)
        self.last = 0
        self._found = _last_tick(log)
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
            if gap or self._came(shard, end):
                self._until[shard] = clock + TICK_FOR
            self._expected[shard] = max(end, self._expected[shard])
            if clock < self._until[shard]:
                self._append(shard, clock)

    def _came(self, shard: int, end: int) -> bool:
        """Whether anything but ticks came since this one's last; of the few that may all be of other tickers, each is
        looked at."""
        expected, tickers = self._expected[shard], self._tick.tickers
        if tickers == 1 or end - expected > 4 * tickers:
            return end > expected
        return any(each.event.type != CLOCK_TICKED for each in self._log.read(INBOX, shard, expected, end - expected))

    def trouble(self, clock: int) -> str | None:
        """What is wrong with the edge's clock (µs), in a line: the log's never goes back, so an earlier one moves
        nothing."""
        ahead = max(self._found, self.last)
        if clock > ahead - GAP:
            return None
        return (
            f"the clock shows {rfc3339(clock)}, but the log's stands at {rfc3339(ahead)}: until then no silence is "
            "told and no minute counted; set the clock, or begin on a folder without that log"
        )

    def tick_now(self, clock: int) -> None:
        """The same, durable on return: for a pod that ticks without a broker."""
        self.tick(clock)
        self._writer.flush()

    def _append(self, shard: int, clock: int) -> None:
        tick = Ticked(clock=clock, ticker=self._tick.ticker, tickers=self._tick.tickers)
        self._writer.append(shard, replace(Event(CLOCK_TICKED, tick, clock), partitionkey=str(shard)))
        self._expected[shard] += 1


def _last_tick(log: Log) -> int:
    """The latest tick among the last records of each shard, µs; 0: there is none."""
    clocks = [0]
    for shard in range(log.shards):
        end = log.end(INBOX, shard)
        held = log.read(INBOX, shard, max(log.begin(INBOX, shard), end - LOOKED_AT), LOOKED_AT)
        clocks += [record.event.data.clock for record in held if record.event.type == CLOCK_TICKED]
    return max(clocks)

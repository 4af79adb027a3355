"""What must be done from time to time and is no function: old readings and records go, the series store is sorted.
Wired by app.py; times of data are measured by the clock of the log."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from functions.engines import Engines
from functions.health import DAY, Health
from functions.settings import Settings
from stores import collections

MICROSECONDS = 1_000_000


class Upkeep:
    """One round at a time; `app.py` says how often."""

    def __init__(
        self, settings: Settings, engines: Engines, health: Health, groups: Mapping[str, Sequence[str]]
    ) -> None:
        """groups: every chain of the manifest, wherever it runs → the topics it reads from the log."""
        self._settings, self._log, self._health, self._groups = settings, engines.local, health, groups
        self._series, self._documents = engines.series, engines.documents
        self._clock: int | None = None

    def retain(self) -> None:
        """Removes readings, rollups and records of the log past their time."""
        self._trim()
        before, self._clock = self._clock, self._health.clock()
        if before is None or self._clock is None or self._series is None:
            return
        clock = min(before, self._clock)  # a clock that was wrong for a moment takes nobody's history away
        for tenant in self._documents.tenants(collections.DEVICE_STATES):
            self._series.trim(tenant, "raw", clock - self._settings.keep_raw * DAY)
            self._series.trim(tenant, "1m", clock - self._settings.keep_minutes * DAY)

    def compact(self) -> None:
        """Sorts what was recorded since the last time."""
        if self._series is not None:
            self._series.compact()

    def _trim(self) -> None:
        """Lets go of the log below what every chain has saved, once that is `keep_log` old. Kafka does so by itself."""
        if self._log is None:
            return
        before = int((time.time() - self._settings.keep_log * 86_400) * MICROSECONDS)
        saved = self._log.positions()
        for topic in {topic for topics in self._groups.values() for topic in topics}:
            readers = [group for group, topics in self._groups.items() if topic in topics]
            for shard in range(self._log.shards):
                past = [saved.get((group, (topic, shard)), 0) for group in readers]
                self._log.trim(topic, shard, min([*past, self._log.offset_at(topic, shard, before)]))

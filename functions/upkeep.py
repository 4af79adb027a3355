"""What must be done from time to time and is no function: old readings and records go, the series store is sorted.
Wired by app.py; times of data are measured by the clock of the log."""

from __future__ import annotations

import time
from collections.abc import Sequence

from events.local import LocalLog
from events.stream import Stream
from functions.health import DAY, Health
from functions.settings import Settings
from stores import collections
from stores.ports import Documents, Series

MICROSECONDS = 1_000_000


class Upkeep:
    """One round at a time; `app.py` says how often."""

    def __init__(self, settings: Settings, log: LocalLog, series: Series, documents: Documents, health: Health) -> None:
        self._settings, self._log, self._series, self._documents, self._health = (
            settings,
            log,
            series,
            documents,
            health,
        )

    def retain(self, streams: Sequence[Stream]) -> None:
        """Removes readings, rollups and records of the log past their time."""
        self._trim(streams)
        clock = self._health.clock()
        if clock is None:
            return
        for tenant in self._documents.tenants(collections.DEVICE_STATES):
            self._series.trim(tenant, "raw", clock - self._settings.keep_raw * DAY)
            self._series.trim(tenant, "1m", clock - self._settings.keep_minutes * DAY)

    def compact(self) -> None:
        """Sorts what was recorded since the last time."""
        self._series.compact()

    def _trim(self, streams: Sequence[Stream]) -> None:
        """Lets go of the log below what every function has saved, once that is `keep_log` old."""
        before = int((time.time() - self._settings.keep_log * 86_400) * MICROSECONDS)
        saved = self._log.positions()
        for topic in {topic for stream in streams for topic in stream.topics}:
            groups = [stream.group for stream in streams if topic in stream.topics]
            for shard in range(self._log.shards):
                past = [saved.get((group, (topic, shard)), 0) for group in groups]
                self._log.trim(topic, shard, min([*past, self._log.offset_at(topic, shard, before)]))

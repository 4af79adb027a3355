"""The platform's own metrics for Prometheus, read at every scrape. Made by app.py, served by web.py at /metrics.

`tidings_part_ok{part}` 1 or 0; `tidings_lag_records{group,topic,shard}`: not yet saved by a chain; `tidings_log_bytes`,
where it is on a disk of this process.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily

from events.log import HostedLog
from functions.health import Health


class PlatformMetrics:
    """A collector over the log."""

    def __init__(self, log: HostedLog, health: Health) -> None:
        self._log, self._health = log, health

    def collect(self) -> Iterator[Metric]:
        """Called by Prometheus' library."""
        said = self._health.health()
        ok = GaugeMetricFamily("tidings_part_ok", "Whether a part of the platform is well.", labels=["part"])
        for part, line in said["parts"].items():
            ok.add_metric([part], float(line == "ok"))
        yield ok
        if (size := said["log_bytes"]) is not None:
            yield GaugeMetricFamily("tidings_log_bytes", "Bytes of the log on disk.", value=size)
        labels = ["group", "topic", "shard"]
        lag = GaugeMetricFamily("tidings_lag_records", "Records not yet saved by a chain of functions.", labels=labels)
        for (group, (topic, shard)), behind in self._log.lag().items():
            lag.add_metric([group, topic, str(shard)], behind)
        yield lag


def registry(log: HostedLog, health: Health) -> CollectorRegistry:
    """What /metrics shows: the platform's own, besides those of the process."""
    made = CollectorRegistry()
    made.register(PlatformMetrics(log, health))
    return made

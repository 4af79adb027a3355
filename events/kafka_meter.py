"""What the log on Kafka tells Prometheus of each process. Used by kafka_produce.py and kafka_reader.py; lag is told by
functions/metrics.py."""

from __future__ import annotations

from typing import Final

from prometheus_client import Histogram

RECORD_BYTES: Final = Histogram(
    "tidings_log_record_bytes", "Bytes of records appended to the log.", ["topic"],
    buckets=[256, 1024, 4096, 16384, 65536, 262144, 1048576],
)  # fmt: skip
POLLED_RECORDS: Final = Histogram(
    "tidings_log_polled_records", "Records that a chain of functions got at once.", ["group"],
    buckets=[1, 2, 4, 8, 16, 32, 64, 128, 256],
)  # fmt: skip

"""A way round a fault of kafka-python 3.0.12. Used by kafka_reader.py alone.

What it has fetched of a partition that is paused meanwhile it parks, and takes up again only while nothing of another
partition is in its hand; once it has had anything of another there always is, be it empty. What is parked is not
fetched either: with two shards, one that was paused was never read again (consumer/fetcher.py, fetched_records and
_fetchable_partitions).
"""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition


def forget(consumer: KafkaConsumer, partition: TopicPartition) -> None:
    """Throws away what is parked of a partition whose position was told anew: it is fetched from there."""
    fetcher = consumer._fetcher
    for parked in (fetcher._paused_partition_records, fetcher._paused_completed_fetches):
        parked.pop(partition, None)

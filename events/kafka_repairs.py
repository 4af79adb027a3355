"""Ways round two faults of kafka-python 3.0.12, in what it keeps to itself. Used by kafka_reader.py alone."""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition


def forget_parked(consumer: KafkaConsumer, partition: TopicPartition) -> None:
    """Throws away what is parked of a partition whose position was told anew: it is fetched from there.

    What the library has fetched of a partition that is paused meanwhile it parks, and takes up again only while nothing
    of another partition is in its hand; once it has had anything of another there always is, be it empty. What is
    parked is not fetched either: with two shards, one that was paused was never read again (consumer/fetcher.py,
    fetched_records and _fetchable_partitions).
    """
    fetcher = consumer._fetcher
    for parked in (fetcher._paused_partition_records, fetcher._paused_completed_fetches):
        parked.pop(partition, None)


def go_on_joining(consumer: KafkaConsumer) -> None:
    """Lets the next poll go on with a join that the last one left half done. To be called after every poll.

    A member that joins because a topic's partitions became known to it, and not for a change of the group, has no need
    to join in the library's eyes as soon as it has worked out who gets what. If the poll ends just then, the answer is
    never taken: a member with no partition, for good; one join in thirty (coordinator/base.py, join_group_async).
    """
    coordinator = consumer._coordinator
    if coordinator is not None and coordinator.rejoining:
        coordinator.request_rejoin()

"""The log on Kafka: the port Log for many processes. Made by functions/app.py where TIDINGS_LOG names a Kafka.

A topic of the log is a topic of Kafka, a shard a partition, an event a CloudEvent in binary form (structured ones are
read too). Ownership of a shard is Kafka's group to tell and the checkpoint's epoch to prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing

from kafka.errors import KafkaError

from events.event import Event
from events.kafka_connect import connect
from events.kafka_options import KafkaOptions, servers_of
from events.kafka_produce import Produce
from events.kafka_query import Query
from events.kafka_reader import KafkaReader
from events.kafka_topics import prepare
from events.log import Place, Record, Unusable
from events.types import INBOX, TOPICS

__all__ = ["KafkaLog", "KafkaOptions", "servers_of"]

SLOW = 5.0
"""Seconds without an acknowledgement, while records wait for one, after which it is told."""

LAST = 3.0
"""Seconds to send what is pending at the end; who waited for it in `flush` has it already."""


class KafkaLog:
    """Implements events.log.HostedLog. Any thread may use it; a reader belongs to one thread.

    Unusable: Kafka is away, not ours, too old, or its topics are not as they should be; one line with the cure.
    """

    def __init__(self, options: KafkaOptions, shards: int) -> None:
        self.shards, self._options = shards, options
        try:
            with closing(connect(options)) as admin:
                prepare(admin, options, shards)
            self._query, self._produce = Query(options), Produce(options)
        except KafkaError as error:
            raise Unusable(f"Kafka at {options.where} cannot be used: {error}; see TIDINGS_LOG") from error
        self._readers: list[KafkaReader] = []

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None:
        """Puts events at the end of a topic and shard. Malformed if one has no form on the wire: none is appended."""
        if topic not in TOPICS or shard not in range(self.shards):
            raise ValueError(f"no such topic and shard: {topic!r}, {shard}; this log has {self.shards} shards")
        self._produce.append(topic, shard, events)

    def flush(self) -> None:
        """Returns when all that was appended before is on all copies. Broken if it cannot be."""
        self._produce.flush()

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> KafkaReader:
        """A reader that shares the shards with others of its group, or of the shards given alone."""
        made = KafkaReader(self._options, group, topics, None if shards is None else frozenset(shards))
        self._readers.append(made)
        return made

    def read(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records from `offset` on; none at the end. OutOfRange below `begin` and beyond `end`."""
        return self._query.read((topic, shard), offset, limit)

    def begin(self, topic: str, shard: int) -> int:
        """The first offset that is still kept."""
        return self._query.begin((topic, shard))

    def end(self, topic: str, shard: int) -> int:
        """The offset that the next record will have that readers see."""
        return self._query.ends([(topic, shard)])[topic, shard]

    def look(self) -> None:
        """Asks Kafka for an offset, for `trouble` to tell if there is no answer."""
        self._query.look((INBOX, 0))

    def trouble(self) -> str | None:
        """What is wrong, in a line."""
        if self._produce.waiting() > SLOW:
            return f"Kafka at {self._options.where} has acknowledged nothing for {self._produce.waiting():.0f} s"
        return self._query.trouble

    def lag(self) -> Mapping[tuple[str, Place], int]:
        """(group, place) → records not yet saved, of the shards that this process has."""
        alone = [reader for reader in self._readers if reader.is_in_group]
        return {(reader.group, place): behind for reader in alone for place, behind in reader.lag().items()}

    def size(self) -> int | None:
        """None: its disks are elsewhere."""
        return None

    def close(self) -> None:
        """Sends what is pending and lets go of Kafka."""
        self._produce.close(LAST)
        self._query.close()

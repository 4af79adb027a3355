"""A reader of the log on Kafka, alone or with others in a group. Made by kafka.py, used by the loop (stream.py) and by
live.

Kafka only says which shards a member has; where it reads from is told by `seek` alone, from the checkpoint. What is
committed is for lag tools and never read back. A partition without a position is paused, so that nothing comes of it.
All topics have the same number of partitions, and all members of a group read the same topics: the range assignor
gives a shard of all of them to one member.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from events import kafka_repairs
from events.kafka_meter import POLLED_RECORDS
from events.kafka_options import KafkaOptions
from events.kafka_records import nothing, record_of
from events.log import Broken, OutOfRange, Place, Record

POLLED = 256
"""Records given at once."""

SESSION, HEARTBEAT = 10_000, 2_500
"""ms after which a member that is silent has lost its shards; the heart beats in a thread of its own, however long a
handler takes."""

LONGEST = 15 * 60_000
"""ms between two polls. Others wait so long for a member that lives and does not poll before they share its shards."""

FETCHED = 1 << 20
"""Bytes of one partition that Kafka hands over at once: a long backlog of one keeps no other waiting for longer."""

GIVES_UP = 10.0
"""Seconds after which a write to a store gives up (DESIGN §5, One owner)."""

LEAVE = 3_000
"""ms to say the last positions, and as many to leave the group."""


class KafkaReader(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Implements events.log.Reader. shards: of these and no group at all.

    The group's changes are told in a thread of the library's, but only while this one waits in `poll`.
    """

    session = SESSION / 1000
    grace = session + GIVES_UP

    def __init__(
        self, options: KafkaOptions, group: str, topics: Sequence[str], shards: Collection[int] | None = None
    ) -> None:
        self.group, self._options, self._topics = group, options, tuple(topics)
        self.is_in_group = shards is None
        self._at: dict[Place, int] = {}
        self._strange: set[Place] = set()
        self._lost: frozenset[int] = frozenset()
        self.committed: dict[Place, int] = {}
        self._meter = POLLED_RECORDS.labels(group)
        self._consumer = KafkaConsumer(
            **options.client(), group_id=options.prefix + group if shards is None else None, session_timeout_ms=SESSION,
            heartbeat_interval_ms=HEARTBEAT, max_poll_interval_ms=LONGEST, enable_auto_commit=False,
            auto_offset_reset="none", partition_assignment_strategy=[RangePartitionAssignor], metrics_enabled=False,
            max_partition_fetch_bytes=FETCHED, allow_auto_create_topics=False,
        )  # fmt: skip
        if shards is None:
            self._consumer.subscribe([options.prefix + topic for topic in topics], listener=self)
        else:
            mine = [self._partition((topic, shard)) for topic in topics for shard in sorted(shards)]
            self._consumer.assign(mine)
            self.on_partitions_assigned(mine)

    def shards(self) -> frozenset[int]:
        """Shards of which it has all topics; one that was another's in between is left out once."""
        lost, self._lost = self._lost, frozenset()
        return self._whole() - lost

    def seek(self, place: Place, offset: int) -> None:
        """Where the next poll reads this topic and shard. ValueError if this reader does not have it."""
        partition = self._partition(place)
        if partition not in self._consumer.assignment():
            raise ValueError(f"a reader of {sorted(self._topics)}, shards {sorted(self._whole())}, cannot read {place}")
        self._at[place] = offset
        self._strange = self._strange - {place} | ({place} if offset < 0 else set())
        if offset >= 0:
            self._consumer.seek(partition, offset)
            kafka_repairs.forget_parked(self._consumer, partition)
            self._consumer.resume(partition)

    def pause(self, shard: int) -> None:
        """Nothing of a shard is read until its places are sought again; the shard stays with this member."""
        for partition in [partition for partition in self._consumer.assignment() if partition.partition == shard]:
            self._consumer.pause(partition)
            self._strange.discard(self._place(partition))

    def seek_to_end(self) -> None:
        """From now on it reads what is appended from now on."""
        ends = self._consumer.end_offsets([*self._consumer.assignment()])
        for partition, offset in ends.items():
            self.seek(self._place(partition), offset)

    def poll(self, timeout: float) -> Sequence[Record]:
        """What is there. OutOfRange if a place does not hold what is to be read next."""
        for place in self._strange:
            raise self._out_of_range(place)
        try:
            polled = self._consumer.poll(int(timeout * 1000), max_records=POLLED)
            kafka_repairs.go_on_joining(self._consumer)
        except OffsetOutOfRangeError as error:
            raise self._out_of_range(self._place(next(iter(error.args[0])))) from None
        except NoOffsetForPartitionError:
            return []
        except KafkaError as error:
            if not getattr(error, "retriable", False):
                raise Broken(f"Kafka at {self._options.where} lets {self.group} not read: {error}") from error
            return []
        records = [record for partition, raws in polled.items() for record in self._whole_run(partition, raws)]
        if records:
            self._meter.observe(len(records))
        return records

    def commit(self, positions: Mapping[Place, int]) -> None:
        """Tells how far all is saved; what comes of it is of no matter here."""
        self.committed |= positions
        with suppress(KafkaError):
            self._consumer.commit_async(self._offsets(positions))

    def lag(self) -> Mapping[Place, int]:
        """Of what this reader has: records that are not yet saved."""
        ends = {place: self._end(place) for place in list(self._at)}
        saved = {**self._at, **self.committed}
        return {place: max(0, end - saved[place]) for place, end in ends.items() if end is not None}

    def close(self) -> None:
        """Leaves the group, so that others have the shards at once."""
        mine = {place: offset for place, offset in self.committed.items() if place[1] in self._whole()}
        if mine:
            with suppress(KafkaError):
                self._consumer.commit(self._offsets(mine), timeout_ms=LEAVE)
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=LEAVE)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Another member came or went: what stays here is known when all have said that they are there."""

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """What it has from now on; what is new is not read before it is told from where."""
        places = {self._place(partition): partition for partition in assigned}
        self._forget({place for place in self._at if place not in places})
        for place, partition in places.items():
            if place not in self._at:
                self._consumer.pause(partition)
                self._consumer.seek(partition, 0)

    def on_partitions_lost(self, _lost: Collection[TopicPartition]) -> None:
        """It was silent for too long; another may have had the shards."""
        self._forget(set(self._at))

    def _whole_run(self, partition: TopicPartition, raws: Sequence[Any]) -> Iterator[Record]:
        """Records with consecutive offsets: what Kafka keeps for itself (the ends of transactions) is nothing to us."""
        place = self._place(partition)
        for raw in raws:
            yield from (nothing(place, offset) for offset in range(self._at.get(place, raw.offset), raw.offset))
            yield record_of(place, raw)
            self._at[place] = raw.offset + 1

    def _forget(self, places: Collection[Place]) -> None:
        self._lost |= {shard for _, shard in places}
        self._at = {place: at for place, at in self._at.items() if place not in places}
        self.committed = {place: at for place, at in self.committed.items() if place not in places}

    def _whole(self) -> frozenset[int]:
        held = {self._place(partition) for partition in self._consumer.assignment()}
        return frozenset(shard for _, shard in held if all((topic, shard) in held for topic in self._topics))

    def _end(self, place: Place) -> int | None:
        with suppress(KafkaError):
            end = self._consumer.highwater(self._partition(place))
            return int(end) if end is not None else None
        return None

    def _out_of_range(self, place: Place) -> OutOfRange:
        return OutOfRange(
            f"{place[0]}/{place[1]} does not hold offset {self._at.get(place)}: the log and what was saved of it do "
            "not belong together; restore both, or start with both anew", place,
        )  # fmt: skip

    def _offsets(self, positions: Mapping[Place, int]) -> dict[TopicPartition, OffsetAndMetadata]:
        return {self._partition(place): OffsetAndMetadata(offset, "", -1) for place, offset in positions.items()}

    def _partition(self, place: Place) -> TopicPartition:
        return TopicPartition(self._options.prefix + place[0], place[1])

    def _place(self, partition: TopicPartition) -> Place:
        return partition.topic.removeprefix(self._options.prefix), partition.partition

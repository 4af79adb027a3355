"""Asks Kafka for single records and for the bounds of topics, without a group. Used by kafka.py alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from threading import RLock
from typing import TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError, RetriableError

from events.kafka_options import KafkaOptions
from events.kafka_records import beyond, record_of
from events.log import Broken, OutOfRange, Place, Record

T = TypeVar("T")

ANSWER = 5000
"""ms to wait for an answer before asking again."""


class Query:
    """Any thread may ask; each waits while Kafka is away."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options, self._lock = options, RLock()
        self._consumer = KafkaConsumer(
            **options.client(), group_id=None, enable_auto_commit=False, auto_offset_reset="none",
            metrics_enabled=False, fetch_max_wait_ms=100, request_timeout_ms=10_000, allow_auto_create_topics=False,
        )  # fmt: skip
        self._next: tuple[Place, int] | None = None
        self._closed = False
        self.trouble: str | None = None

    def begin(self, place: Place) -> int:
        """The first offset that is still kept."""
        partition = self._partition(place)
        asked = self._asked(lambda: self._consumer.beginning_offsets([partition], timeout_ms=ANSWER))
        return int(asked[partition])

    def ends(self, places: Iterable[Place]) -> Mapping[Place, int]:
        """The offset that the next record of each will have."""
        partitions = {self._partition(place): place for place in places}
        asked = self._asked(lambda: self._consumer.end_offsets([*partitions], timeout_ms=ANSWER))
        return {place: int(asked[partition]) for partition, place in partitions.items()}

    def look(self, place: Place) -> None:
        """Asks once whether Kafka answers; `trouble` says so."""
        try:
            with self._lock:
                self._consumer.end_offsets([self._partition(place)], timeout_ms=ANSWER)
        except KafkaError as error:
            self.trouble = f"Kafka at {self._options.where} does not answer ({error})"
        else:
            self.trouble = None

    def read(self, place: Place, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records from `offset` on; none at the end. OutOfRange where it is not held."""
        begin, end = self.begin(place), self.ends([place])[place]
        if not begin <= offset <= end:
            raise OutOfRange(beyond(place, begin, end, offset))
        records: list[Record] = []
        at = offset
        while len(records) < limit and at < end:
            polled = self._asked(partial(self._polled, place, at, limit - len(records)))
            records += polled
            at = polled[-1].offset + 1 if polled else at
        return records

    def close(self) -> None:
        """Lets go of the connections; who waits for an answer gets Broken."""
        self._closed = True
        self._consumer.close(autocommit=False)

    def _polled(self, place: Place, at: int, limit: int) -> list[Record]:
        if self._next != (place, at):
            partition = self._partition(place)
            self._consumer.assign([partition])
            self._consumer.seek(partition, at)
        try:
            polled = self._consumer.poll(ANSWER, max_records=limit)
        except OffsetOutOfRangeError:
            self._next = None
            raise OutOfRange(beyond(place, self.begin(place), self.ends([place])[place], at)) from None
        records = [record_of(place, raw) for raws in polled.values() for raw in raws]
        self._next = (place, records[-1].offset + 1 if records else at)
        return records

    def _partition(self, place: Place) -> TopicPartition:
        return TopicPartition(self._options.prefix + place[0], place[1])

    def _asked(self, ask: Callable[[], T]) -> T:
        while True:
            if self._closed:
                raise Broken("the log was closed")
            try:
                with self._lock:
                    return ask()
            except RetriableError:
                time.sleep(0.2)
            except KafkaError as error:
                raise Broken(f"Kafka at {self._options.where} refuses to answer: {error}") from error

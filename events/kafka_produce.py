"""Appends to Kafka: acknowledged by all copies that must have it, idempotent, in order, without a time-out. Used by
kafka.py alone.

While Kafka is away, records wait here, up to PENDING_BYTES; whoever appends more then waits too. A record that Kafka
refuses for good breaks the log: nothing after it may be taken for durable, and the process ends.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from contextlib import suppress
from threading import Condition
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from events import bindings
from events.bindings import KafkaRecord
from events.event import Event
from events.kafka_meter import RECORD_BYTES
from events.kafka_options import KafkaOptions
from events.log import Broken

PENDING_BYTES = 64 << 20

LINGER = 5
"""ms that a record waits for others, unless someone flushes. A request costs half a millisecond of CPU here and as
much at the broker, whatever is in it: what a record of the inbox makes in several topics goes in one."""

BATCH = 512 << 10
"""Bytes of one partition in one request."""

OVERHEAD = 4096
"""Bytes that Kafka adds to a record, at most."""


class Produce:
    """Any thread may append and flush."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer = KafkaProducer(
            **options.client(), acks="all", enable_idempotence=True, delivery_timeout_ms=math.inf, linger_ms=LINGER,
            batch_size=BATCH, max_request_size=options.max_bytes - OVERHEAD, metrics_enabled=False,
            allow_auto_create_topics=False,
        )  # fmt: skip
        self._changed = Condition()
        self._pending = 0
        self._since = 0.0
        self._failure: Broken | None = None
        self._closing = False

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None:
        """Hands events over, all or none of them. Malformed: one has no form on the wire; Broken: Kafka refuses."""
        records = [bindings.to_kafka(event) for event in events]
        meter = RECORD_BYTES.labels(topic)
        for record in records:
            size = len(record.value or b"") + sum(len(name) + len(value) for name, value in record.headers)
            self._room(size)
            self._send(topic, shard, record, size)
            meter.observe(size)

    def _send(self, topic: str, shard: int, record: KafkaRecord, size: int) -> None:
        key = record.key or b""
        try:
            sent = self._producer.send(self._options.prefix + topic, record.value, key, record.headers, shard)
        except (KafkaError, ValueError) as error:
            raise self._fail(f"{topic}/{shard} takes no record of {size} bytes: {error}") from error
        sent.add_callback(self._acknowledged, size)
        sent.add_errback(self._refused, topic, shard)

    def flush(self) -> None:
        """Returns when all that was appended before is durable. Broken if it cannot be."""
        self._check()
        while True:
            try:
                self._producer.flush(timeout=1.0)
            except KafkaTimeoutError:
                self._check()
                continue
            self._check()
            return

    def waiting(self) -> float:
        """Seconds since which something waits and nothing was acknowledged; 0: nothing waits."""
        with self._changed:
            return time.monotonic() - self._since if self._pending else 0.0

    def close(self, timeout: float) -> None:
        """Sends what is pending, if Kafka takes it in time (seconds)."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        try:
            self._producer.flush(timeout=timeout)
        except KafkaTimeoutError:  # its own `close` would only wait for the same again, and leave its thread
            self._producer._sender.force_close()
        self._failure = self._failure or Broken("the log was closed")
        with suppress(KafkaTimeoutError):
            self._producer.close(timeout=1.0)

    def _room(self, size: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._pending < PENDING_BYTES or self._failure or self._closing)
            self._check()
            if not self._pending:
                self._since = time.monotonic()
            self._pending += size

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _acknowledged(self, size: int, _metadata: Any) -> None:
        with self._changed:
            before, self._pending = self._pending, self._pending - size
            self._since = time.monotonic()
            if before >= PENDING_BYTES:
                self._changed.notify_all()

    def _refused(self, topic: str, shard: int, error: Exception) -> None:
        self._fail(f"{topic}/{shard} of Kafka at {self._options.where} refuses a record: {error}")

    def _fail(self, why: str) -> Broken:
        with self._changed:
            self._failure = self._failure or Broken(f"{why}; nothing after it can be kept: start again, cured")
            self._changed.notify_all()
            return self._failure

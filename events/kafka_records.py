"""Records of Kafka as events. Used by kafka_reader.py and kafka_query.py.

Any program may write to a topic. What is no CloudEvent in the inbox is refused there as ingest refuses a payload, and
seen; in another topic, where only functions write, it is passed over by all. Both are the same at every reading.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import structlog

from events import bindings, types
from events.bindings import KafkaRecord
from events.codec import Malformed
from events.event import Event
from events.log import Place, Record
from events.payloads import PAYLOAD_KEPT, Refused
from events.readings import Readings

UNREADABLE = types.PREFIX + "record.unreadable"
"""Of no source and sequence: at or below what every function has applied of it."""


OF_INBOX = frozenset({
    types.TELEMETRY_RECEIVED, types.PAYLOAD_REFUSED, types.CLOCK_TICKED, types.DEFINITION_CHANGED, types.COMMAND_GIVEN,
})  # fmt: skip


def record_of(place: Place, raw: Any) -> Record:
    """A ConsumerRecord of kafka-python as a record of the log."""
    return Record(*place, raw.offset, _event(place, raw))


def _event(place: Place, raw: Any) -> Event:
    headers = [(name, value or b"") for name, value in raw.headers]
    try:
        event = bindings.from_kafka(KafkaRecord(raw.key, raw.value, headers))
    except Malformed as error:
        return _refused(place, raw, error)
    if isinstance(event.data, Readings):
        event.data.freeze()
    if place[0] == types.INBOX and (why := _misplaced(event)):
        return _refused(place, raw, Malformed("type", why))
    return event


def nothing(place: Place, offset: int) -> Record:
    """Where Kafka keeps something of its own."""
    return Record(*place, offset, Event(UNREADABLE, None, 0))


def _misplaced(event: Event) -> str | None:
    if event.type not in OF_INBOX:
        return f"{event.type[:100]} is nothing that the inbox takes: {', '.join(sorted(OF_INBOX))}"
    if event.type == types.TELEMETRY_RECEIVED and not isinstance(event.data, Readings):
        return "readings come to the inbox in columns; send JSON to ingest, over HTTP or MQTT"
    return None


def _refused(place: Place, raw: Any, error: Malformed) -> Event:
    topic, shard = place
    if topic != types.INBOX:
        where = f"{topic}/{shard}, offset {raw.offset}"
        structlog.get_logger().warning("a record is no CloudEvent and is passed over", where=where, why=str(error))
        return Event(UNREADABLE, None, 0)
    body, received = raw.value or b"", raw.timestamp * 1000
    data = Refused(
        device="", reason="bad_event", field=error.field, detail=error.reason, received=received,
        payload=body[:PAYLOAD_KEPT], length=len(body), sha256=sha256(body).hexdigest(),
    )  # fmt: skip
    return Event(types.PAYLOAD_REFUSED, data, received, id=f"kafka-{shard}-{raw.offset}", source="/kafka")


def beyond(place: Place, begin: int, end: int, offset: int) -> str:
    """What is told where a position is not held."""
    return (
        f"{place[0]}/{place[1]} holds offsets {begin} to below {end}, not {offset}: the log and what was saved of it "
        "do not belong together; restore both, or start with both anew"
    )

"""What is Kafka's alone: other programs' records, topics as they must be, positions for lag tools, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import orjson
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from events import types
from events.event import Event
from events.kafka import KafkaLog, KafkaOptions
from events.kafka_reader import KafkaReader
from events.log import Broken, Record, Unusable
from events.payloads import Ticked
from events.rooted import rooted
from tests.events.logs import SHARDS, batch, drained, joined, kafka_options, numbers, tick

PLACE = ("inbox", 0)


@pytest.fixture
def options(kafka_url: str) -> KafkaOptions:
    return kafka_options(kafka_url)


@pytest.fixture
def log(options: KafkaOptions) -> Iterator[KafkaLog]:
    log = KafkaLog(options, SHARDS)
    yield log
    log.close()


Send = Callable[..., None]


@pytest.fixture
def send(log: KafkaLog, options: KafkaOptions) -> Iterator[Send]:
    """Puts a record into a topic as a program does that knows nothing of ours."""
    with closing(KafkaProducer(bootstrap_servers=list(options.servers))) as plain:

        def send(topic: str, value: bytes | None, headers: dict[str, bytes], key: bytes | None = b"k") -> None:
            told: Any = list(headers.items())
            plain.send(options.prefix + topic, value, key, headers=told, partition=0).get(10)

        yield send


def plain(options: KafkaOptions, topic: str, count: int) -> list[Any]:
    """The first records of a topic as such a program reads them."""
    with closing(KafkaConsumer(bootstrap_servers=list(options.servers), consumer_timeout_ms=5000)) as consumer:
        partition = TopicPartition(options.prefix + topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        return [record for record, _ in zip(consumer, range(count), strict=False)]


def test_a_shard_that_was_paused_is_read_again_while_others_go_on(log: KafkaLog) -> None:
    """More than one poll gives is there of each: the library keeps the rest of the paused one."""
    for shard in range(SHARDS):
        log.append("inbox", shard, [tick(n) for n in range(1000)])
    log.flush()
    with closing(log.reader("any", ["inbox"], range(SHARDS))) as reader:
        for shard in range(SHARDS):
            reader.seek(("inbox", shard), 0)
        paused = first_polled(reader)[-1].shard
        reader.pause(paused)
        others = [record.shard for _ in range(20) for record in reader.poll(0.2)]
        assert set(others) == set(range(SHARDS)) - {paused}
        reader.seek(("inbox", paused), 7)
        again = first_polled(reader)
        assert (again[0].shard, again[0].offset) == (paused, 7)


def test_a_member_that_looks_for_moments_alone_joins_all_the_same(log: KafkaLog) -> None:
    """The library forgets a join that a poll left half done."""
    for n in range(8):
        with closing(log.reader(f"moments-{n}", ["inbox"])) as reader:
            joined(reader, pause=0.005)


def first_polled(reader: KafkaReader) -> Sequence[Record]:
    """The first records that come, of a reader that there are some for."""
    for _ in range(100):
        if records := reader.poll(0.2):
            return records
    raise AssertionError("nothing came in 20 s")


CE = {
    "ce_specversion": b"1.0", "ce_id": b"7", "ce_source": b"/plc/4", "ce_type": b"io.tidings.clock.ticked",
    "ce_time": b"2026-11-24T12:00:00Z",
}  # fmt: skip


def test_what_is_written_is_a_cloud_event_in_binary_form(log: KafkaLog, options: KafkaOptions) -> None:
    log.append("inbox", 0, [replace(tick(7), partitionkey="d7"), batch(8)])
    log.flush()
    small, large = plain(options, "inbox", 2)
    headers = dict(small.headers)
    assert headers["content-type"] == b"application/json"
    assert (headers["ce_specversion"], headers["ce_id"], headers["ce_source"]) == (b"1.0", b"id-7", b"/test/1")
    assert headers["ce_type"] == b"io.tidings.clock.ticked"
    assert (small.key, orjson.loads(small.value)) == (b"d7", {"clock": 7, "ticker": 0, "tickers": 1})
    assert dict(large.headers)["content-type"] == b"application/vnd.apache.arrow.stream"


def test_another_programs_event_is_read_in_binary_form(log: KafkaLog, send: Send) -> None:
    send("inbox", b'{"clock": 5}', {**CE, "content-type": b"application/json", "x": b"\xff"})
    event = log.read(*PLACE, 0, 1)[0].event
    assert (event.id, event.source, event.data) == ("7", "/plc/4", Ticked(clock=5))
    assert event.time == 1_795_521_600_000_000


def test_another_programs_event_is_read_in_structured_form(log: KafkaLog, send: Send) -> None:
    told = {name.removeprefix("ce_"): value.decode() for name, value in CE.items()}
    body = orjson.dumps({**told, "datacontenttype": "application/json", "data": {"clock": 5}})
    send("inbox", body, {"content-type": b"application/cloudevents+json; charset=UTF-8"}, key=None)
    event = log.read(*PLACE, 0, 1)[0].event
    assert (event.id, event.source, event.data) == ("7", "/plc/4", Ticked(clock=5))


def test_another_programs_count_is_none_of_ours(log: KafkaLog, send: Send) -> None:
    send("inbox", b'{"clock": 5}', {**CE, "content-type": b"application/json", "ce_sequence": b"a-9"})
    event = rooted(log.read(*PLACE, 0, 1)[0])
    assert (event.writer, event.count, event.sequence) == ("/plc/4", 0, f"{0:016d}")


@pytest.mark.parametrize(
    ("headers", "value", "field"),
    [
        ({}, b"\x00garbage", "id"),
        (CE, b"{", "data"),
        ({**CE, "ce_type": b"com.example.other"}, b"{}", "type"),
        ({**CE, "ce_type": b"io.tidings.telemetry.received", "content-type": b"application/json"}, b'{"x": 1}', "type"),
        ({**CE, "ce_id": b""}, b'{"clock": 5}', "id"),
        (CE, None, "data"),
    ],
)
def test_what_is_no_event_is_refused_in_the_inbox(
    log: KafkaLog, send: Send, headers: dict[str, bytes], value: bytes | None, field: str
) -> None:
    send("inbox", value, headers)
    first, again = log.read(*PLACE, 0, 1)[0].event, log.read(*PLACE, 0, 1)[0].event
    assert first.type == types.PAYLOAD_REFUSED
    assert (first.data.reason, first.data.field, first.data.payload) == ("bad_event", field, value or b"")
    assert first == again


def test_what_is_no_event_elsewhere_is_nothing(log: KafkaLog, send: Send) -> None:
    send("telemetry", b"\x00garbage", {})
    event = log.read("telemetry", 0, 0, 1)[0].event
    assert (event.source, event.sequence) == ("", ""), "at or below whatever was applied"


def test_offsets_that_kafka_keeps_for_itself_are_passed_over(log: KafkaLog, options: KafkaOptions) -> None:
    with closing(KafkaProducer(bootstrap_servers=list(options.servers), transactional_id=options.prefix)) as plain:
        plain.init_transactions()
        for n in (5, 6):
            plain.begin_transaction()
            headers = [*((name, value) for name, value in CE.items()), ("content-type", b"application/json")]
            plain.send(options.prefix + "inbox", b'{"clock": %d}' % n, headers=headers, partition=0)
            plain.commit_transaction()
    reader = joined(log.reader("store", ["inbox"]))
    reader.seek(PLACE, 0)
    records = drained(reader, 3)
    assert [record.offset for record in records] == [0, 1, 2]
    assert [record.event.source for record in records] == ["/plc/4", "", "/plc/4"]
    reader.close()


def test_committed_positions_are_for_lag_tools(log: KafkaLog, options: KafkaOptions) -> None:
    log.append("inbox", 0, map(tick, range(5)))
    log.flush()
    reader = joined(log.reader("store/record", ["inbox"]))
    reader.seek(PLACE, 0)
    drained(reader, 5)
    reader.commit({PLACE: 3})
    assert log.lag()["store/record", PLACE] == 2
    reader.close()
    group = options.prefix + "store/record"
    with closing(KafkaAdminClient(bootstrap_servers=list(options.servers))) as admin:
        committed = admin.list_group_offsets([group])[group]
    assert {at.offset for partition, at in committed.items() if partition.partition == 0} == {3}
    again = joined(log.reader("store/record", ["inbox"]))
    assert list(again.poll(0.3)) == [], "nothing is read from a position that was only committed"
    again.seek(PLACE, 1)
    assert numbers(drained(again, 4)) == [1, 2, 3, 4]
    again.close()


def test_records_of_one_append_go_together(log: KafkaLog, options: KafkaOptions) -> None:
    log.append("alert", 0, map(tick, range(50)))
    log.flush()
    stamps = {record.timestamp for record in plain(options, "alert", 50)}
    assert len(stamps) <= 20
    assert numbers(log.read("alert", 0, 0, 99)) == list(range(50))


def test_a_record_that_kafka_never_takes_breaks_the_log(log: KafkaLog) -> None:
    huge = Event(types.PAYLOAD_RECEIVED, b"x" * (5 << 20), 1, id="1", source="/test/1", sequence="1")
    with pytest.raises(Broken, match="telemetry/0"):
        log.append("telemetry", 0, [huge])
    with pytest.raises(Broken):
        log.append("inbox", 0, [tick(1)])
    with pytest.raises(Broken):
        log.flush()


def test_a_record_that_the_broker_refuses_breaks_the_log(options: KafkaOptions) -> None:
    narrow = KafkaLog(replace(options, max_bytes=1 << 20), SHARDS)
    narrow.close()
    log = KafkaLog(replace(options, max_bytes=1 << 20), SHARDS)
    log._produce._producer.config["max_request_size"] = 8 << 20
    huge = Event(types.PAYLOAD_RECEIVED, b"x" * (2 << 20), 1, id="1", source="/test/1", sequence="1")
    log.append("telemetry", 0, [huge])
    with pytest.raises(Broken, match="telemetry/0"):
        log.flush()
    log.close()


def test_topics_are_made_as_they_must_be(log: KafkaLog, options: KafkaOptions) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    with closing(KafkaAdminClient(bootstrap_servers=list(options.servers))) as admin:
        name = options.prefix + "inbox"
        described = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)], config_filter="all")
        configs = next(iter(described.values()))[name]
        (topic,) = admin.describe_topics([name])
    assert len(topic["partitions"]) == SHARDS
    assert configs["retention.ms"]["value"] == str(86_400_000)
    assert configs["max.message.bytes"]["value"] == str(4 << 20)


def test_another_number_of_partitions_is_told(log: KafkaLog, options: KafkaOptions) -> None:
    with pytest.raises(Unusable, match=r"has 2 partitions, not 8: set TIDINGS_SHARDS=2"):
        KafkaLog(options, 8)


def test_topics_that_keep_less_are_told(log: KafkaLog, options: KafkaOptions) -> None:
    with pytest.raises(Unusable, match=r"retention\.ms=86400000, less than .* TIDINGS_KAFKA_DAYS"):
        KafkaLog(replace(options, days=2.0), SHARDS)


def test_missing_topics_are_told_where_they_may_not_be_made(options: KafkaOptions) -> None:
    with pytest.raises(Unusable, match="is missing: create it with 2 partitions"):
        KafkaLog(replace(options, create=False), SHARDS)


def test_more_copies_than_brokers_are_told(options: KafkaOptions) -> None:
    with pytest.raises(Unusable, match="TIDINGS_KAFKA_REPLICATION"):
        KafkaLog(replace(options, replication=7), SHARDS)

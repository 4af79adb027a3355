"""The Kafka and MQTT protocol bindings 1.0.2: each rule of their text that can be tested, both directions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from events import bindings, structured, types
from events.bindings import KafkaRecord, MqttMessage
from events.codec import Malformed
from events.event import Event
from tests.events.cloud_events import EXAMPLE, events, plain

RECORD = bindings.to_kafka(EXAMPLE)
MESSAGE = bindings.to_mqtt(EXAMPLE)


@given(events())
def test_an_event_comes_back_from_kafka_as_it_was(event: Event) -> None:
    assert plain(bindings.from_kafka(bindings.to_kafka(event))) == plain(event)


def test_kafka_maps_each_attribute_to_a_header_in_utf_8() -> None:
    headers = dict(bindings.to_kafka(replace(EXAMPLE, subject="Pumpe ö")).headers)
    assert headers["ce_subject"] == "Pumpe ö".encode()
    assert headers["ce_id"] == b"id-1"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == types.CLOCK_TICKED.encode()
    assert headers["content-type"] == b"application/json"
    assert "ce_datacontenttype" not in headers
    assert len(headers) == len(RECORD.headers)


def test_the_value_of_a_record_is_the_data() -> None:
    assert RECORD.value == b'{"clock":5,"ticker":0,"tickers":1}'
    assert bindings.to_kafka(replace(EXAMPLE, type="com.example.made", data=None)).value is None


def test_the_key_is_the_partitionkey_and_the_attribute_stays() -> None:
    assert RECORD.key == b"pump 1"
    assert ("ce_partitionkey", b"pump 1") in RECORD.headers
    assert bindings.to_kafka(replace(EXAMPLE, partitionkey="")).key is None


def test_the_key_adds_no_attribute() -> None:
    without = bindings.to_kafka(replace(EXAMPLE, partitionkey=""))
    assert bindings.from_kafka(without._replace(key=b"\xff a key")).partitionkey == ""


def test_a_structured_record_is_told_by_its_content_type_alone() -> None:
    headers = [*RECORD.headers[:3], ("content-type", b"application/cloudevents+json; charset=UTF-8")]
    assert bindings.from_kafka(KafkaRecord(None, structured.to_json(EXAMPLE), headers)) == EXAMPLE


def test_headers_of_others_are_left_alone() -> None:
    more = [*RECORD.headers, ("traceparent", b"\xff"), ("CE_id", b"2"), ("Ce-Id", b"2")]
    assert bindings.from_kafka(RECORD._replace(headers=more)) == EXAMPLE


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (("ce_subject", b"\xff"), "subject"),
        (("ce_id", b"again"), "id"),
        (("ce_foreign_name", b"x"), "foreign_name"),
        (("ce_datacontenttype", b"application/json"), "datacontenttype"),
        (("content-type", b"application/cloudevents+avro"), "content-type"),
        (("content-type", b"nonsense"), "datacontenttype"),
    ],
)
def test_a_record_out_of_the_specification_is_refused_by_name(header: tuple[str, bytes], field: str) -> None:
    kept = [(name, value) for name, value in RECORD.headers if name not in (header[0], "ce_subject") or name == "ce_id"]
    with pytest.raises(Malformed) as refused:
        bindings.from_kafka(RECORD._replace(headers=[*kept, header]))
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_a_required_header_is_required(name: str) -> None:
    kept = [header for header in RECORD.headers if header[0] != f"ce_{name}"]
    with pytest.raises(Malformed, match=f"^{name}: missing"):
        bindings.from_kafka(RECORD._replace(headers=kept))


def test_a_record_that_is_no_event_is_refused() -> None:
    for record in (KafkaRecord(None, b"{}", []), KafkaRecord(None, None, [("content-type", b"application/json")])):
        with pytest.raises(Malformed, match="id: missing"):
            bindings.from_kafka(record)
    with pytest.raises(Malformed, match="body: not JSON"):
        bindings.from_kafka(KafkaRecord(None, None, [("content-type", b"application/cloudevents+json")]))


@given(events())
def test_an_event_comes_back_from_mqtt_as_it_was(event: Event) -> None:
    assert plain(bindings.from_mqtt(bindings.to_mqtt(event))) == plain(event)


def test_mqtt_maps_each_attribute_to_a_user_property_of_its_name() -> None:
    properties = dict(MESSAGE.user_properties)
    assert properties["id"] == "id-1"
    assert properties["specversion"] == "1.0"
    assert properties["subject"] == "pump 1"
    assert "datacontenttype" not in properties
    assert MESSAGE.content_type == "application/json"
    assert MESSAGE.payload == b'{"clock":5,"ticker":0,"tickers":1}'


def test_a_structured_message_is_told_by_its_content_type() -> None:
    message = MqttMessage(structured.to_json(EXAMPLE), "application/cloudevents+json; charset=utf-8", [("id", "other")])
    assert bindings.from_mqtt(message) == EXAMPLE


@pytest.mark.parametrize(
    ("properties", "content_type", "field"),
    [
        ([("id", "again")], "application/json", "id"),
        ([("Region", "north")], "application/json", "Region"),
        ([("datacontenttype", "application/json")], "application/json", "datacontenttype"),
        ([], "application/cloudevents+avro", "content-type"),
    ],
)
def test_a_message_out_of_the_specification_is_refused_by_name(
    properties: list[tuple[str, str]], content_type: str, field: str
) -> None:
    message = MqttMessage(MESSAGE.payload, content_type, [*MESSAGE.user_properties, *properties])
    with pytest.raises(Malformed) as refused:
        bindings.from_mqtt(message)
    assert refused.value.field == field


def test_a_message_that_is_no_event_is_refused() -> None:
    with pytest.raises(Malformed, match="id: missing"):
        bindings.from_mqtt(MqttMessage(b"{}", None, []))

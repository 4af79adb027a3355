"""CloudEvents in Kafka records and MQTT 5 messages (bindings 1.0.2), as pure functions without a client: binary is
written, binary and structured are read. Used by the Kafka log, the bridge and what publishes to MQTT.

MQTT 3.1.1 has neither user properties nor a content type: there the message is `structured.to_json` and `from_json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from events import codec, structured
from events.codec import Attributes, Malformed
from events.event import Event


class KafkaRecord(NamedTuple):
    """What a Kafka client sends or was given. key: the partitionkey; Kafka reads it only where no partition is set."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class MqttMessage(NamedTuple):
    """What an MQTT 5 client publishes or was given."""

    payload: bytes
    content_type: str | None
    user_properties: list[tuple[str, str]]


def to_kafka(event: Event) -> KafkaRecord:
    """An event in binary form."""
    attributes, body = codec.write(event)
    content_type = attributes.pop("datacontenttype", None)
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    if content_type is None:
        return KafkaRecord(_key(event), None, headers)
    return KafkaRecord(_key(event), body, [*headers, ("content-type", content_type.encode())])


def from_kafka(record: KafkaRecord) -> Event:
    """An event from either form; the key adds nothing to it. Malformed otherwise."""
    headers = _once((name, _text(name, value)) for name, value in record.headers if _is_ours(name))
    content_type = headers.pop("content-type", None)
    if _is_structured(content_type):
        return structured.from_json(record.value or b"")
    attributes = {name[3:]: value for name, value in headers.items()}
    return codec.read(_with(attributes, content_type), record.value)


def to_mqtt(event: Event) -> MqttMessage:
    """An event in binary form."""
    attributes, body = codec.write(event)
    content_type = attributes.pop("datacontenttype", None)
    return MqttMessage(body, content_type, list(attributes.items()))


def from_mqtt(message: MqttMessage) -> Event:
    """An event from either form. Malformed otherwise, and where a user property is no attribute."""
    if _is_structured(message.content_type):
        return structured.from_json(message.payload)
    return codec.read(_with(_once(message.user_properties), message.content_type), message.payload)


def _key(event: Event) -> bytes | None:
    return event.partitionkey.encode() or None


def _is_ours(header: str) -> bool:
    return header == "content-type" or header.startswith("ce_")


def _is_structured(content_type: str | None) -> bool:
    """Whether a message holds attributes and data in its body. Malformed if that is not JSON."""
    form = (content_type or "").partition(";")[0].strip().lower()
    if form.startswith("application/cloudevents") and form != structured.MEDIA_TYPE:
        raise Malformed("content-type", f"{form} is not read here: send JSON, as {structured.MEDIA_TYPE}")
    return form == structured.MEDIA_TYPE


def _once(pairs: Iterable[tuple[str, str]]) -> Attributes:
    found: Attributes = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(name.removeprefix("ce_"), "stands twice")
        found[name] = value
    return found


def _with(attributes: Attributes, content_type: str | None) -> Attributes:
    if "datacontenttype" in attributes:
        raise Malformed("datacontenttype", "is said by the content type of the message alone")
    return attributes if content_type is None else {**attributes, "datacontenttype": content_type}


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed(name.removeprefix("ce_"), "is not UTF-8") from None

"""A PUBLISH packet is read whatever its sender put into it; paho, which writes them, is the measure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from events.mqtt_publish import Published, decode

TOPIC = b"\x00\x01t"


def packet(properties: bytes, body: bytes = b"{}", topic: bytes = TOPIC) -> bytes:
    return topic + b"\x00\x07" + bytes([len(properties)]) + properties + body


def written(**values: object) -> bytes:
    """Properties as paho writes them, with their length."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
    for name, value in values.items():
        setattr(properties, name, value)
    packed: bytes = properties.pack()  # type: ignore[no-untyped-call]  # paho leaves it so
    return packed


def test_a_plain_message() -> None:
    assert decode(0x32, packet(b"")) == Published("t", 1, 7, False, False, "", (), b"{}")


def test_flags_and_a_message_without_an_identifier() -> None:
    assert decode(0x3B, packet(b"")) == Published("t", 1, 7, True, True, "", (), b"{}")
    assert decode(0x30, TOPIC + b"\x00{}") == Published("t", 0, 0, False, False, "", (), b"{}")


def test_all_properties_are_read_past() -> None:
    block = written(
        PayloadFormatIndicator=1,
        MessageExpiryInterval=60,
        ResponseTopic="r",
        CorrelationData=b"\xff",
        UserProperty=[("a", "b"), ("a", "ü")],
        ContentType="application/json",
    )
    read = decode(0x32, TOPIC + b"\x00\x07" + block + b"\x0b")
    assert (read.content_type, read.attributes, read.body) == ("application/json", (("a", "b"), ("a", "ü")), b"\x0b")


def test_many_properties() -> None:
    pairs = [(f"name-{i}", "x" * 100) for i in range(200)]
    assert decode(0x32, TOPIC + b"\x00\x07" + written(UserProperty=pairs) + b"{}").attributes == tuple(pairs)


def test_what_is_not_well_formed_does_not_hide_the_message() -> None:
    nul = b"\x26\x00\x02a\x00\x00\x01v"
    assert decode(0x32, packet(nul)).attributes == (("a\x00", "v"),)
    assert decode(0x32, packet(b"\x03\x00\x02\xff\xfe")).content_type == "\ufffd\ufffd"
    assert decode(0x32, packet(b"\x26\x00\x01a\x00\x01b\x7f")).attributes == (("a", "b"),)
    assert decode(0x32, packet(b"\x26\x00\xffa")).body == b"{}"
    assert decode(0x32, packet(b"", topic=b"\x00\x02\xfft")).topic == "\ufffdt"


@given(st.binary(max_size=30), st.binary(max_size=5))
def test_no_properties_keep_a_message_from_being_read(properties: bytes, body: bytes) -> None:
    read = decode(0x32, packet(properties, body))
    assert (read.topic, read.mid, read.body) == ("t", 7, body)

"""The bridge over the real broker: nothing is acknowledged before the log has it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from events.readings import FRESH, REPEATED, RETAINED
from functions.broker.broker import EmbeddedBroker
from tests.brokers import Device, eventually, kill, running
from tests.functions.bridge.edge import NOW, Edge

Start = Callable[..., Edge]


def numbers(first: int, end: int) -> list[bytes]:
    return [b'{"n": %d, "time": 1795485640123}' % i for i in range(first, end)]


def test_what_is_published_is_in_the_log_once_and_in_order(edge: Start, device: Device) -> None:
    one = edge()
    device.send("pump-1", *numbers(0, 1000))
    eventually(lambda: len(one.rows()) >= 1000)
    one.stop()
    assert [row.value for row in one.rows()] == list(range(1000))
    assert {row.delivery for row in one.rows()} == {FRESH}
    assert {(row.device, row.metric, row.received) for row in one.rows()} == {("pump-1", "n", NOW)}


def test_what_the_log_has_does_not_come_again(edge: Start, device: Device) -> None:
    one = edge("one")
    device.send("pump-2", *numbers(0, 200))
    eventually(lambda: len(one.rows()) == 200)
    one.stop()
    device.send("pump-2", *numbers(200, 500))
    two = edge("two")
    eventually(lambda: len(two.rows()) == 300)
    assert [row.value for row in two.rows()] == list(range(200, 500))


def test_what_the_log_has_not_comes_again_and_says_so(edge: Start, device: Device) -> None:
    one = edge("one")
    one.inlet.open.clear()
    device.send("pump-3", *numbers(0, 50))
    one.inlet.broken = True
    one.inlet.open.set()
    eventually(lambda: one.failure)
    two = edge("two")
    eventually(lambda: len(two.rows()) == 50)
    assert [row.value for row in two.rows()] == list(range(50))
    assert {row.delivery for row in two.rows()} == {REPEATED}


def test_a_broken_log_ends_the_bridge_loudly(edge: Start, device: Device) -> None:
    one = edge()
    one.inlet.broken = True
    device.send("pump-4", b'{"a": 1}')
    assert repr(eventually(lambda: one.failure)) == "OSError('disk full')"


def test_a_message_too_large_is_refused_and_the_connection_stays(edge: Start, device: Device) -> None:
    one = edge()
    device.send("pump-5", b"x" * 5_000_000, b'{"a": 1}')
    eventually(one.rows)
    [refused] = one.refused()
    assert (refused.reason, refused.device, refused.length, len(refused.payload)) == (
        "too_large",
        "pump-5",
        5_000_000,
        4096,
    )
    assert device.disconnected == 0


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("tidings/main/a/b/telemetry", "'a/b'"),
        ("tidings/main//telemetry", "'/'"),
        ("tidings/main/../telemetry", "'..'"),
        ("tidings/main/a b/telemetry", "'a b'"),
        ("tidings/t e/a/telemetry", "'t e/a'"),
    ],
)
def test_a_topic_that_names_no_device_is_refused(edge: Start, device: Device, topic: str, told: str) -> None:
    one = edge()
    device.send("", b'{"a": 1}', topic=topic)
    [refused] = eventually(one.refused)
    assert (refused.reason, refused.field) == ("bad_device", "device")
    assert refused.detail.startswith(told)


def test_topics_that_are_not_telemetry_are_let_be(edge: Start, device: Device) -> None:
    one = edge()
    device.send("", b'{"a": 1}', topic="tidings/main/pump-6/shadow/update/x")
    device.send("pump-6", b'{"b": 1}')
    eventually(one.rows)
    assert [event.data.metrics for event in one.events()] == [("b",)]


def test_another_tenant_has_events_of_its_own(edge: Start, device: Device) -> None:
    one = edge()
    device.send("", b'{"a": 1}', topic="tidings/acme/pump-7/telemetry")
    [event] = eventually(one.events)
    assert event.tenant == "acme"


def test_a_device_that_speaks_an_older_mqtt(edge: Start, broker: EmbeddedBroker) -> None:
    one, old = edge(), Device(broker.port, MQTTProtocolVersion.MQTTv311)
    old.send("pump-8", b'{"a": 1}')
    [row] = eventually(one.rows)
    assert row.value == 1
    old.close()


def test_what_was_retained_says_so(edge: Start, device: Device) -> None:
    device.send("pump-9", b'{"a": 1}', retain=True)
    one = edge()
    [row] = eventually(lambda: [row for row in one.rows() if row.device == "pump-9"])
    assert row.delivery == RETAINED
    device.send("pump-9", b"", retain=True)


def test_a_cloudevent_in_binary_form(edge: Start, device: Device) -> None:
    one = edge()
    attributes = {"specversion": "1.0", "id": "1", "source": "/fleet", "type": "acme.reading"}
    device.send("pump-10", b'{"a": 1}', attributes=attributes, content_type="application/json")
    del attributes["id"]
    device.send("pump-10", b'{"a": 2}', attributes=attributes)
    [refused] = eventually(one.refused)
    assert (refused.reason, refused.field) == ("not_an_object", "id")
    assert [(row.device, row.value) for row in one.rows()] == [("pump-10", 1)]


def test_another_content_type_is_refused(edge: Start, device: Device) -> None:
    one = edge()
    device.send("pump-11", b'{"a": 1}', content_type="text/plain")
    [refused] = eventually(one.refused)
    assert refused.reason == "wrong_content_type"


def test_a_tick_comes_after_all_that_was_published_before_it(edge: Start, device: Device) -> None:
    one = edge()
    one.inlet.open.clear()
    device.send("pump-12", *numbers(0, 700))
    one.bridge.ask(NOW + 5)
    one.inlet.open.set()
    eventually(one.ticks)
    kinds = [event.type.rsplit(".", 2)[1] for event in one.events()]
    assert kinds[-1] == "clock"
    assert len(one.rows()) == 700
    assert one.ticks() == [NOW + 5]


def test_nobody_else_can_tick(edge: Start, device: Device) -> None:
    one = edge()
    forged = f"tidings/$clock/{one.bridge.client_id}/telemetry"
    device.send("", b"0123456789abcdef 9795485650000000", b"", b"\xff {}", topic=forged)
    device.send("pump-13", b'{"a": 1}')
    eventually(one.rows)
    assert one.ticks() == []
    assert one.refused() == []


def test_a_broker_that_comes_late_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("late")) as broker:
        one = Edge(broker.url, tmp_path_factory.mktemp("log"), "late")
        kill(broker)
        assert "broker away" in eventually(lambda: one.bridge.trouble)
        broker.watch()
        eventually(lambda: one.bridge.trouble is None)
        device = Device(broker.port5)
        device.send("pump-14", b'{"a": 1}')
        eventually(one.rows)
        device.close()
        one.close()

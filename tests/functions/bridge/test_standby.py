"""Of two bridges one is active; the other takes over when it is gone, or when it has taken the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

from events.mqtt import Options
from functions.bridge.standby import Standby
from functions.bridge.topics import Share, state_topic
from functions.broker.broker import EmbeddedBroker
from tests.brokers import Device, eventually, port_of
from tests.functions.bridge.edge import NOW, Edge

SILENCE = 3.0


@contextmanager
def waiting(broker: EmbeddedBroker, name: str, silence: float = 60.0) -> Iterator[tuple[Standby, Thread]]:
    """A standby in a thread."""
    standby = Standby(Options(broker.url, name, []), Share().tick_topic(name), silence)
    thread = Thread(target=standby.run)
    thread.start()
    yield standby, thread
    standby.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_the_one_that_is_taken_over_stands_by_and_takes_over_when_the_other_ends(
    mosquitto_url: str, tmp_path: Path
) -> None:
    with (
        closing(Edge(mosquitto_url, tmp_path / "a", tmp_path.name)) as first,
        closing(Edge(mosquitto_url, tmp_path / "b", tmp_path.name)) as second,
    ):
        eventually(lambda: not first.bridge.is_active)
        device = Device(port_of(mosquitto_url))
        device.send("pump-1", b'{"n": 1}')
        eventually(second.rows)
        second.stop()
        eventually(lambda: first.bridge.is_active and first.bridge.trouble is None)
        device.send("pump-1", b'{"n": 2}')
        eventually(first.rows)
        assert [row.value for row in [*second.rows(), *first.rows()]] == [1, 2]
        device.close()


def test_a_standby_asks_for_no_ticks(mosquitto_url: str, tmp_path: Path) -> None:
    with (
        closing(Edge(mosquitto_url, tmp_path / "a", tmp_path.name)) as first,
        closing(Edge(mosquitto_url, tmp_path / "b", tmp_path.name)) as second,
    ):
        eventually(lambda: not first.bridge.is_active)
        eventually(lambda: second.bridge.trouble is None)
        first.bridge.ask(NOW)
        second.bridge.ask(NOW + 2)
        eventually(second.ticks)
        assert (first.ticks(), second.ticks()) == ([], [NOW + 2])


def test_a_standby_hears_the_will_of_one_that_breaks_off(broker: EmbeddedBroker, device: Device) -> None:
    topic = state_topic("gone")
    device.send("", b"online", topic=topic, retain=True)
    with waiting(broker, "gone") as (standby, thread):
        eventually(lambda: standby.connection.trouble is None)
        device.send("", b"offline", topic=topic, retain=True)
        device.send("", b"online", topic=topic, retain=True)
        thread.join(1.2)
        assert thread.is_alive()
        device.send("", b"offline", topic=topic, retain=True)
        thread.join(5)
        assert not thread.is_alive()


def test_a_standby_believes_ticks_rather_than_what_the_broker_has_kept(broker: EmbeddedBroker, device: Device) -> None:
    device.send("", b"online", topic=state_topic("hangs"), retain=True)
    with waiting(broker, "hangs", SILENCE) as (standby, thread):
        eventually(lambda: standby.connection.trouble is None)
        for _ in range(3):
            device.send("", b"tick", topic=Share().tick_topic("hangs"))
            thread.join(SILENCE / 2)
        assert thread.is_alive()
        thread.join(10)
        assert not thread.is_alive()


def test_a_standby_can_be_stopped(broker: EmbeddedBroker) -> None:
    with waiting(broker, "stopped"):
        pass

"""Of two bridges one is active; the other takes over when it is gone, or when it has taken the session."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from functions.bridge.standby import Standby
from functions.bridge.topics import state_topic
from functions.broker.broker import EmbeddedBroker
from functions.broker.ports import answers
from tests.brokers import Device, eventually
from tests.functions.bridge.edge import NOW, Edge

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")


@pytest.fixture
def mosquitto(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[int]:
    """The port of a broker that tells who is taken over."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    with subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        eventually(lambda: answers(port, 5))
        yield port
        process.terminate()


def test_the_one_that_is_taken_over_stands_by_and_takes_over_when_the_other_ends(
    mosquitto: int, tmp_path: Path
) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto}"
    with closing(Edge(url, tmp_path / "a", "pair")) as first, closing(Edge(url, tmp_path / "b", "pair")) as second:
        eventually(lambda: not first.bridge.is_active)
        device = Device(mosquitto)
        device.send("pump-1", b'{"n": 1}')
        eventually(second.rows)
        second.stop()
        eventually(lambda: first.bridge.is_active and first.bridge.trouble is None)
        device.send("pump-1", b'{"n": 2}')
        eventually(first.rows)
        assert [row.value for row in [*second.rows(), *first.rows()]] == [1, 2]
        device.close()


def test_a_standby_asks_for_no_ticks(mosquitto: int, tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto}"
    with closing(Edge(url, tmp_path / "a", "pair")) as first, closing(Edge(url, tmp_path / "b", "pair")) as second:
        eventually(lambda: not first.bridge.is_active)
        eventually(lambda: second.bridge.trouble is None)
        first.bridge.ask(NOW)
        second.bridge.ask(NOW + 2)
        eventually(second.ticks)
        assert (first.ticks(), second.ticks()) == ([], [NOW + 2])


def test_a_standby_hears_the_will_of_one_that_breaks_off(broker: EmbeddedBroker, device: Device) -> None:
    topic = state_topic("gone")
    device.send("", b"online", topic=topic, retain=True)
    standby = Standby(broker.url, "gone", topic)
    waiting = Thread(target=standby.run)
    waiting.start()
    eventually(lambda: standby.connection.trouble is None)
    device.send("", b"offline", topic=topic, retain=True)
    device.send("", b"online", topic=topic, retain=True)
    waiting.join(1.5)
    assert waiting.is_alive()
    device.send("", b"offline", topic=topic, retain=True)
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_standby_can_be_stopped(broker: EmbeddedBroker) -> None:
    standby = Standby(broker.url, "stopped", state_topic("stopped"))
    waiting = Thread(target=standby.run)
    waiting.start()
    standby.stop()
    waiting.join(5)
    assert not waiting.is_alive()

"""The bridge over Mosquitto: one of a pair is killed, the broker hangs or is killed, the log takes nothing."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from events.mqtt import Connection, Message, Options
from events.types import CLOCK_TICKED
from functions.bridge.active import HUNG
from functions.bridge.bridge import Share
from services import mosquitto
from services.mosquitto import Mosquitto
from tests.brokers import Device, eventually, port_of
from tests.functions.bridge.edge import NOW, Edge
from tests.functions.bridge.test_bridge import numbers
from tests.functions.bridge.test_killed import rows, start
from tests.servers import require

WINDOW = 1000
"""Messages that a broker gives without an acknowledgement."""


def test_of_a_pair_the_other_takes_over_when_one_is_killed(mosquitto_url: str, tmp_path: Path) -> None:
    with closing(Edge(mosquitto_url, tmp_path / "a", tmp_path.name)) as first:
        second = start(mosquitto_url, tmp_path / "b", tmp_path.name)
        eventually(lambda: not first.bridge.is_active and first.bridge.trouble is None)
        device = Device(port_of(mosquitto_url))
        device.send("pump-1", *numbers(0, 200))
        second.kill()
        with second:
            pass
        began = time.monotonic()
        device.send("pump-1", *numbers(200, 400))
        eventually(lambda: first.bridge.is_active and {row.value for row in first.rows()} >= set(range(200, 400)))
        assert time.monotonic() - began < 8.0
        assert {row.value for row in [*rows(tmp_path / "b"), *first.rows()]} == set(range(400))
        device.close()


def test_two_that_are_active_at_once_share_what_comes(mosquitto_url: str, tmp_path: Path) -> None:
    """And each hears its own ticks alone. Mosquitto gives messages in turn; that a device's come to one is EMQX's."""
    pair = [Edge(mosquitto_url, tmp_path / str(n), tmp_path.name, share=Share(n, 2)) for n in range(2)]
    with closing(pair[0]) as one, closing(pair[1]) as two:
        device = Device(port_of(mosquitto_url))
        device.send("pump-1", *numbers(0, 200))
        eventually(lambda: len(one.rows()) + len(two.rows()) >= 200)
        assert sorted(row.value for row in [*one.rows(), *two.rows()]) == list(range(200))
        assert one.rows() and two.rows()
        for n, each in enumerate(pair):
            each.bridge.ask(NOW + n)
            eventually(each.ticks)
        device.send("a/b", b'{"n": 1}')
        refused = eventually(lambda: one.refused() + two.refused())
        device.close()
    assert [each.reason for each in refused] == ["bad_device"]
    assert [each.ticks() for each in pair] == [[NOW], [NOW + 1]]
    tick = next(event.data for event in pair[1].events() if event.type == CLOCK_TICKED)
    assert (tick.ticker, tick.tickers) == (1, 2)


def test_nothing_is_acknowledged_while_the_log_takes_nothing(mosquitto_url: str, tmp_path: Path) -> None:
    one = Edge(mosquitto_url, tmp_path / "a", tmp_path.name)
    one.inlet.open.clear()
    device = Device(port_of(mosquitto_url))
    device.send("pump-2", *numbers(0, 2 * WINDOW))
    one.inlet.broken = True
    one.inlet.open.set()
    eventually(lambda: one.failure)
    assert one.rows() == []
    one.close()
    with closing(Edge(mosquitto_url, tmp_path / "b", tmp_path.name)) as two:
        eventually(lambda: len(two.rows()) >= 2 * WINDOW)
        assert [row.value for row in two.rows()] == list(range(2 * WINDOW))
    device.close()


def test_the_broker_keeps_what_is_over_the_window(mosquitto_url: str, tmp_path: Path) -> None:
    given: list[Message] = []
    topic = f"{tmp_path.name}/+/telemetry"
    connection = Connection(Options(mosquitto_url, tmp_path.name, [topic], window=10), given.append)
    thread = threading.Thread(target=connection.run)
    thread.start()
    eventually(lambda: connection.trouble is None)
    device = Device(port_of(mosquitto_url))
    device.send("", *numbers(0, 30), topic=f"{tmp_path.name}/pump/telemetry")
    eventually(lambda: len(given) == 10)
    device.send("", b"x", topic=f"{tmp_path.name}/pump/telemetry")
    assert len(given) == 10
    connection.ack(given)
    eventually(lambda: len(given) == 31)
    device.close()
    connection.stop()
    thread.join(5)


def test_a_broker_that_hangs_is_told_and_comes_back(tmp_path: Path) -> None:
    require(Mosquitto)
    clock = count(NOW)
    with mosquitto.running(tmp_path / "broker") as server, closing(Edge(server.url, tmp_path / "a", "hung")) as one:

        def told() -> str | None:
            one.bridge.ask(next(clock))
            return one.bridge.trouble

        one.bridge.ask(next(clock))
        eventually(one.ticks)
        server.pause()
        began = time.monotonic()
        assert "no tick has come back from the broker" in str(eventually(told))
        assert time.monotonic() - began < HUNG + 2.0
        server.resume()
        eventually(lambda: told() is None)


def test_what_a_killed_broker_had_not_saved_is_all_that_is_lost(tmp_path: Path) -> None:
    """Mosquitto acknowledges before anything is on disk, and saves all it holds from time to time."""
    require(Mosquitto)
    with mosquitto.running(tmp_path / "broker", "autosave_interval 1") as server:
        one = Edge(server.url, tmp_path / "a", "killed")
        one.inlet.open.clear()
        device = Device(server.port)
        device.send("pump-3", *numbers(0, 100))
        saved = server.data / "mosquitto.db"
        began = time.time()
        eventually(lambda: saved.exists() and saved.stat().st_mtime > began + 0.5)
        device.send("pump-3", *numbers(100, 150))
        server.kill()
        one.inlet.broken = True
        one.inlet.open.set()
        eventually(lambda: one.failure)
        one.close()
        server.start()
        with closing(Edge(server.url, tmp_path / "b", "killed")) as two:
            again = Device(server.port)
            again.send("pump-3", b'{"n": 150, "time": 1795485640123}')
            eventually(lambda: 150.0 in [row.value for row in two.rows()])
            lost = set(range(151)) - {row.value for row in two.rows()}
            assert lost <= set(range(100, 150))
            again.close()
        device.close()

"""Both transports against the real thing: a broker that dies and comes back, a server that refuses and fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from iotcore import Broker
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from simulator.messages import Message
from simulator.mqtt_link import Broker as Address
from simulator.send_http import HttpSender
from simulator.send_mqtt import MqttSender
from simulator.sender import Sender
from tests.simulator.tiny_platform import TinyPlatform

Start = Callable[[int], Broker]
PATIENCE = 10.0


def _message(device: str, at: int) -> Message:
    return Message(0.0, device, at, ("x",), [float(at)], moment=time.monotonic())


def _until(sender: Sender, done: Callable[[], bool]) -> None:
    """Serve until it is done; a test that waits longer has failed."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, sender.tally
        sender.serve(time.monotonic() + 0.01)


class Listener:
    """A subscriber of all telemetry; `received` has topic and time."""

    def __init__(self, port: int) -> None:
        self.received: list[tuple[str, int]] = []
        self._ready = False
        self._client = client = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        client.on_message = self._take
        client.on_subscribe = self._subscribed
        client.connect("127.0.0.1", port)
        client.subscribe("tidings/main/+/telemetry", qos=1)
        while not self._ready:
            client.loop(0.1)

    def has(self, count: int) -> bool:
        """Whether so many messages have come."""
        until = time.monotonic() + 0.05
        while self._client.loop(0.001) == 0 and time.monotonic() < until and len(self.received) < count:
            pass
        return len(self.received) >= count

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop(0.01)

    def _take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.received.append((message.topic, orjson.loads(message.payload)["time"]))

    def _subscribed(self, *_: object) -> None:
        self._ready = True


def _mqtt(port: int, settled: list[Message], names: list[str], window: int = 20, buffer: int = 1000) -> MqttSender:
    address = Address("127.0.0.1", port, "tidings/main/{device}/telemetry", window, buffer)
    return MqttSender(address, names, settled.append)


@pytest.mark.parametrize("names", [["one", "two"], ["a", "b", "c"]], ids=["shared", "one each"])
def test_every_message_arrives_once_and_in_order(
    start_broker: Start, free_port: Callable[[], int], names: list[str]
) -> None:
    port, settled = free_port(), list[Message]()
    start_broker(port)
    sender = _mqtt(port, settled, names)
    listener = Listener(port)
    _until(sender, sender.ready)
    sender.offer(_message(device, at) for at in range(1, 201) for device in "abc")
    _until(sender, lambda: listener.has(600) and not sender.waiting())
    sender.close()
    listener.close()
    for device in "abc":
        mine = [at for topic, at in listener.received if topic == f"tidings/main/{device}/telemetry"]
        assert mine == list(range(1, 201))
    assert len(settled) == sender.tally.acked == 600
    assert all(m.acked for m in settled)
    assert sender.tally.connects == len(names)


def test_what_a_broken_connection_left_open_is_sent_again_in_order(
    start_broker: Start, free_port: Callable[[], int]
) -> None:
    port, settled = free_port(), list[Message]()
    sender = _mqtt(port, settled, ["only"])
    with start_broker(port):
        sender.offer(_message("a", at) for at in range(1, 11))
        _until(sender, lambda: len(settled) == 10)
    sender.offer(_message("a", at) for at in range(11, 61))
    _until(sender, lambda: sender.tally.failures > 0)
    assert len(settled) < 60
    start_broker(port)
    _until(sender, lambda: not sender.waiting())
    sender.close()
    assert [m.time for m in settled] == list(range(1, 61))
    assert sender.tally.connects == 2


def test_a_device_whose_memory_is_full_gives_up_its_oldest(free_port: Callable[[], int]) -> None:
    settled = list[Message]()
    sender = _mqtt(free_port(), settled, ["only"], buffer=5)
    sender.offer(_message("a", at) for at in range(1, 9))
    sender.close()
    assert [m.time for m in settled] == [1, 2, 3]
    assert not any(m.acked for m in settled)
    assert [m.time for m in sender.waiting()] == [4, 5, 6, 7, 8]


def test_no_broker_is_trouble_that_is_told(free_port: Callable[[], int]) -> None:
    port = free_port()
    sender = _mqtt(port, [], ["only"])
    _until(sender, lambda: sender.tally.failures > 0)
    sender.close()
    assert str(port) in sender.tally.trouble


def test_http_sends_again_until_it_is_answered(tiny_platform: TinyPlatform) -> None:
    settled, failures = list[Message](), iter([503, 429])

    def answer(device: str, batch: list[dict[str, Any]]) -> tuple[int, Any] | None:
        status = next(failures, None)
        return (status, {}) if status else None

    tiny_platform.answer = answer
    sender = HttpSender(tiny_platform.url, "main", 2, 100, settled.append)
    sender.offer(_message("a", at) for at in range(1, 51))
    _until(sender, lambda: len(settled) == 50)
    sender.close()
    times = [m["time"] for _, batch in tiny_platform.posts for m in batch]
    assert times[-50:] == list(range(1, 51))
    assert sender.tally.failures == 2
    assert all(m.acked for m in settled)
    assert len(tiny_platform.held.readings) == 50


def test_http_batches_what_has_gathered_and_no_more_than_told(tiny_platform: TinyPlatform) -> None:
    settled = list[Message]()
    sender = HttpSender(tiny_platform.url, "main", 2, 20, settled.append)
    sender.offer(_message(device, at) for at in range(1, 41) for device in "ab")
    _until(sender, lambda: len(settled) == 80)
    sender.close()
    assert sorted(len(batch) for _, batch in tiny_platform.posts) == [20, 20, 20, 20]


def test_http_notes_what_is_refused_reading_by_reading(tiny_platform: TinyPlatform) -> None:
    refused = {"accepted": 1, "rejected": [{"index": 1, "field": "x", "reason": "out_of_range", "detail": "?"}]}
    tiny_platform.answer = lambda device, batch: (202, refused) if device == "a" else (400, {"rejected": []})
    settled = list[Message]()
    sender = HttpSender(tiny_platform.url, "main", 1, 10, settled.append)
    sender.offer([_message("a", 1), _message("a", 2), _message("b", 1)])
    _until(sender, lambda: len(settled) == 3)
    sender.close()
    fates = {(m.device, m.time): m.refused for m in settled}
    assert fates == {("a", 1): {}, ("a", 2): {"x": "out_of_range"}, ("b", 1): {"*": "400"}}

"""A real broker and devices that publish to it, for the tests of the edge."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from functions.broker.broker import EmbeddedBroker
from functions.broker.ports import answers


@contextmanager
def running(folder: Path) -> Iterator[EmbeddedBroker]:
    """The embedded broker on free ports; ended afterwards."""
    broker = EmbeddedBroker(folder, port=0, idle=900.0)
    yield broker
    broker.stop()


def kill(broker: EmbeddedBroker) -> None:
    """As kill -9 does."""
    os.kill(broker.pid, signal.SIGKILL)
    eventually(lambda: not answers(broker.port, 4))


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Waits until something is true, and gives it; fails after so long."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)
    return found


def port_of(url: str) -> int:
    """mqtt://HOST:PORT → PORT."""
    return int(url.rpartition(":")[2])


class Device:
    """A device that speaks MQTT 5, or 3.1.1 where a port for that is given."""

    def __init__(self, port: int, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5) -> None:
        self.disconnected = 0
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._client.max_inflight_messages_set(0)
        self._client.on_disconnect = self._lost
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        eventually(self._client.is_connected)

    def send(self, device: str, *bodies: bytes, topic: str = "tidings/main/{}/telemetry", **how: Any) -> None:
        """Publishes with QoS 1; returns when the broker has all of them. how: retain, content_type, attributes."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        if "content_type" in how:
            properties.ContentType = how["content_type"]
        if "attributes" in how:
            properties.UserProperty = list(how["attributes"].items())
        five = self._client.protocol == MQTTProtocolVersion.MQTTv5
        sent = [
            self._client.publish(topic.format(device), body, 1, how.get("retain", False), properties if five else None)
            for body in bodies
        ]
        for each in sent:
            each.wait_for_publish(10.0)
            assert each.is_published()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _lost(self, *_: Any) -> None:
        self.disconnected += 1

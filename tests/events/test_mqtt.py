"""The connection against a broker that a test plays: who takes over, who fails, who comes back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from events.log import Unusable
from events.mqtt import Connection, Message, Options

CONNACK, RESUMED = b"\x20\x03\x00\x00\x00", b"\x20\x03\x01\x00\x00"
TAKEN_OVER = b"\xe0\x01\x8e"
NOT_AUTHORIZED = b"\x20\x03\x00\x87\x00"


def publish(mid: int, body: bytes, first: int = 0x32) -> bytes:
    """A PUBLISH with QoS 1 to topic `t`."""
    rest = b"\x00\x01t" + mid.to_bytes(2, "big") + b"\x00" + body
    return bytes([first, len(rest)]) + rest


def puback(mid: int) -> bytes:
    return b"\x40\x02" + mid.to_bytes(2, "big")


class Broker:
    """Takes one connection after another, and says what it is told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(5)
        self.url = f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}"
        self._held: list[socket.socket] = []

    def welcome(self, *says: bytes, connack: bytes = CONNACK) -> socket.socket:
        """Takes a connection in, waits for CONNECT and SUBSCRIBE, and says more."""
        connection, _ = self._listener.accept()
        connection.settimeout(5)
        self._held.append(connection)
        assert connection.recv(1000)[0] == 0x10
        connection.sendall(connack)
        if connack[3] == 0:
            assert connection.recv(1000)[0] == 0x82
        connection.sendall(b"".join(says))
        return connection

    def close(self) -> None:
        for each in [self._listener, *self._held]:
            each.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.close()


class Client:
    """A connection in a thread, and what it received."""

    def __init__(self, url: str) -> None:
        self.received: list[Message] = []
        self.arrived = threading.Semaphore(0)
        self.fails = False
        self.failure: BaseException | None = None
        self.connection = Connection(Options(url, "me", ["t"], window=2), self._receive)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def wait(self) -> Message:
        assert self.arrived.acquire(timeout=5)
        return self.received[-1]

    def _receive(self, message: Message) -> None:
        self.received.append(message)
        self.arrived.release()
        if self.fails:
            raise RuntimeError("a bug")

    def _run(self) -> None:
        try:
            self.connection.run()
        except BaseException as failure:
            self.failure = failure


@contextmanager
def connected(broker: Broker) -> Iterator[Client]:
    client = Client(broker.url)
    yield client
    client.connection.stop()
    broker.close()
    client.thread.join(10)
    assert not client.thread.is_alive()


def test_only_what_was_acknowledged_is_acknowledged(broker: Broker) -> None:
    with connected(broker) as client:
        connection = broker.welcome(publish(7, b"a"), publish(8, b"b"))
        client.wait()
        client.wait()
        client.connection.ack(client.received[1:])
        assert connection.recv(100) == puback(8)
        client.connection.ack(client.received[:1])
        assert connection.recv(100) == puback(7)


def test_an_acknowledgement_of_an_older_connection_is_dropped(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(publish(7, b"old")).close()
        old = client.wait()
        connection = broker.welcome(publish(7, b"new"))
        client.wait()
        client.connection.ack([old])
        client.connection.ack([client.received[1]])
        assert connection.recv(100) == puback(7)
        assert (client.received[0].epoch, client.received[1].epoch) == (1, 2)


def test_the_first_window_of_a_resumed_session_may_be_repeated(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(*(publish(mid, b"") for mid in (1, 2, 3)), connack=RESUMED)
        for _ in range(3):
            client.wait()
        assert [message.repeated for message in client.received] == [True, True, False]


def test_flags_are_told(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(publish(1, b"", 0x3A), publish(2, b"", 0x33))
        client.wait()
        client.wait()
        assert [(m.repeated, m.published.retained) for m in client.received] == [(True, False), (False, True)]


def test_a_message_that_is_cut_off_ends_the_connection_and_not_the_program(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(b"\x32\x03\x00\x01t")
        broker.welcome(publish(1, b""))
        client.wait()
        assert client.failure is None


def test_who_is_taken_over_does_not_come_back(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(TAKEN_OVER)
        client.thread.join(5)
        assert client.connection.taken_over
        assert not client.thread.is_alive()


def test_what_receiving_raises_is_not_swallowed(broker: Broker) -> None:
    with connected(broker) as client:
        client.fails = True
        broker.welcome(publish(1, b""))
        client.thread.join(5)
        assert repr(client.failure) == "RuntimeError('a bug')"


def test_a_refusal_of_the_broker_is_told_and_tried_again(broker: Broker) -> None:
    with connected(broker) as client:
        broker.welcome(connack=NOT_AUTHORIZED)
        broker.welcome(publish(1, b""))
        client.wait()
        assert client.connection.trouble is None


@pytest.mark.parametrize("url", ["http://127.0.0.1", "localhost", "mqtt://127.0.0.1:port"])
def test_an_address_that_is_none_is_refused_with_the_cure(url: str) -> None:
    with pytest.raises(Unusable, match=r"TIDINGS_MQTT .*give mqtt://host:port"):
        Connection(Options(url, "me", []), lambda _: None)

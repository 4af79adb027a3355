"""TLS, client certificates and SASL against a real Kafka, and what is told where they are wrong."""

from __future__ import annotations

import gc
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from events.kafka import KafkaLog, KafkaOptions
from events.kafka_connect import WITHIN
from events.log import Unusable
from services.kafka import Kafka
from services.ports import free
from tests.events.certificates import authority, signed, with_key
from tests.events.logs import SHARDS, kafka_options, numbers, tick
from tests.servers import require

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""kafka-python leaves the socket of an attempt that failed to the garbage collector."""

EXTRA = """\
listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},TLS://127.0.0.1:{tls},USERS://127.0.0.1:{users}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},TLS://127.0.0.1:{tls},USERS://127.0.0.1:{users}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,USERS:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.tls.ssl.client.auth=required
listener.name.users.sasl.enabled.mechanisms=PLAIN
listener.name.users.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  user_tidings="right";
"""


class Secure(NamedTuple):
    """A broker with a listener that asks for a certificate and one that asks for a password."""

    tls: str
    users: str
    folder: Path
    ca: Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    require(Kafka)
    folder = tmp_path_factory.mktemp("secure")
    ca = authority(folder)
    server = with_key(signed(folder, "server", ca))
    signed(folder, "client", ca)
    authority(folder, "stranger")
    signed(folder, "strangers", folder / "stranger.pem")
    tls, users, plain, controller = free(4)
    (folder / "kafka").mkdir()
    (folder / "kafka" / "server.json").write_text(json.dumps({"ports": [plain, controller], "secret": ""}))
    extra = EXTRA.format(tls=tls, users=users, plain=plain, controller=controller, server=server, ca=ca)
    with Kafka.running(folder / "kafka", extra):
        yield Secure(f"127.0.0.1:{tls}", f"127.0.0.1:{users}", folder, ca)


@pytest.fixture
def certified(secure: Secure) -> KafkaOptions:
    """Shows a certificate that the broker knows."""
    cert, key = secure.folder / "client.pem", secure.folder / "client.key"
    return KafkaOptions((secure.tls,), tls=True, ca=secure.ca, cert=cert, key=key)


@pytest.fixture
def named(secure: Secure) -> KafkaOptions:
    """Has a name and a password."""
    return KafkaOptions((secure.users,), tls=True, ca=secure.ca, mechanism="PLAIN", user="tidings", password="right")


def works(options: KafkaOptions, n: int) -> None:
    """Appends and reads again."""
    with closing(KafkaLog(options, SHARDS)) as log:
        log.append("alert", 1, [tick(n)])
        log.flush()
        assert numbers(log.read("alert", 1, log.end("alert", 1) - 1, 1)) == [n]


def test_with_a_certificate(certified: KafkaOptions) -> None:
    works(certified, 1)


def test_with_a_password(named: KafkaOptions) -> None:
    works(named, 2)


WRONG: dict[str, tuple[str, Callable[[KafkaOptions, Path], KafkaOptions], str]] = {
    "no certificate": ("tls", lambda o, f: replace(o, cert=None, key=None), "TIDINGS_KAFKA_CERT"),
    "a stranger's": (
        "tls", lambda o, f: replace(o, cert=f / "strangers.pem", key=f / "strangers.key"), "TIDINGS_KAFKA_CERT",
    ),
    "another signer": ("tls", lambda o, f: replace(o, ca=f / "stranger.pem"), "TIDINGS_KAFKA_CA"),
    "no TLS": ("tls", lambda o, f: replace(o, tls=False), "TIDINGS_KAFKA_TLS=true"),
    "another name": (
        "tls", lambda o, f: replace(o, servers=(o.servers[0].replace("127.0.0.1", "localhost"),)), "TIDINGS_LOG",
    ),
    "wrong password": ("users", lambda o, f: replace(o, password="wrong"), "TIDINGS_KAFKA_PASSWORD"),
    "another mechanism": ("users", lambda o, f: replace(o, mechanism="SCRAM-SHA-512"), "TIDINGS_KAFKA_MECHANISM"),
    "no user": ("users", lambda o, f: replace(o, user=None), "TIDINGS_KAFKA_USER"),
}  # fmt: skip

AT_ONCE = {"no certificate", "a stranger's", "another signer", "no TLS", "another name"}
"""Seen before the library is asked, which tries until its time is over."""


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told(secure: Secure, certified: KafkaOptions, named: KafkaOptions, wrong: str) -> None:
    listener, spoilt, setting = WRONG[wrong]
    options = spoilt(certified if listener == "tls" else named, secure.folder)
    began = time.monotonic()
    with pytest.raises(Unusable) as told:
        KafkaLog(options, SHARDS)
    assert time.monotonic() - began < (WITHIN / 1000 if wrong in AT_ONCE else 15.0)
    assert setting in str(told.value)
    assert "\n" not in str(told.value) and "right" not in str(told.value)
    del told
    gc.collect()


def test_tls_where_the_listener_speaks_none(kafka_url: str, secure: Secure) -> None:
    options = replace(kafka_options(kafka_url), tls=True, ca=secure.ca)
    began = time.monotonic()
    with pytest.raises(Unusable, match=r"does not speak TLS as asked .*TIDINGS_KAFKA_TLS"):
        KafkaLog(options, SHARDS)
    assert time.monotonic() - began < WITHIN / 1000


def test_a_listener_that_says_nothing_is_given_up_in_time() -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unusable, match="says nothing"):
        KafkaLog(KafkaOptions((f"127.0.0.1:{silent.getsockname()[1]}",)), SHARDS)
    assert time.monotonic() - began < WITHIN / 1000 + 2.0

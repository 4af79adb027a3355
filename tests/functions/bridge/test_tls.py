"""TLS between bridge and Mosquitto, with certificates on both sides; what is told where one does not fit."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from events.log import Unusable
from events.mqtt import Connection, Options, Tls
from services import mosquitto
from services.mosquitto import Mosquitto
from services.ports import free
from tests.brokers import Device, eventually
from tests.events.certificates import authority, signed
from tests.functions.bridge.edge import Edge
from tests.servers import require

LISTENER = """\
listener {port} 127.0.0.1
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
require_certificate true
"""


class Secure(NamedTuple):
    """A broker that asks for a certificate, and has a listener for devices that asks for nothing."""

    url: str
    plain: int
    folder: Path

    def tls(self, ca: str = "ca", client: str = "client") -> Tls:
        return Tls(self.folder / f"{ca}.pem", self.folder / f"{client}.pem", self.folder / f"{client}.key")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    require(Mosquitto)
    folder = tmp_path_factory.mktemp("secure")
    ca = authority(folder)
    signed(folder, "server", ca)
    signed(folder, "client", ca)
    stranger = authority(folder, "stranger")
    signed(folder, "strangers", stranger)
    (port,) = free(1)
    with mosquitto.running(folder / "broker", LISTENER.format(port=port, folder=folder)) as server:
        yield Secure(f"mqtts://127.0.0.1:{port}", server.port, folder)


def connection(url: str, tls: Tls) -> Connection:
    return Connection(Options(url, "refused", ["t"], tls=tls), lambda _: None)


def trouble(url: str, tls: Tls) -> str:
    """Why it does not connect, in a line."""
    tried = connection(url, tls)
    thread = threading.Thread(target=tried.run)
    thread.start()
    said: str = eventually(lambda: "not connected yet" not in (tried.trouble or "") and tried.trouble)
    tried.stop()
    thread.join(10)
    assert "\n" not in said
    return said


def test_it_speaks_tls_and_shows_its_certificate(secure: Secure, tmp_path: Path) -> None:
    with closing(Edge(secure.url, tmp_path / "log", "secure", secure.tls())) as one:
        device = Device(secure.plain)
        device.send("pump-1", b'{"n": 1}')
        eventually(one.rows)
        device.close()


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ({"ca": "stranger"}, r"certificate is not trusted \(.*\): TIDINGS_MQTT_CA=.*stranger.pem must name"),
        ({"client": "strangers"}, r"does not take TIDINGS_MQTT_CERT=.*strangers.pem"),
    ],
)
def test_a_certificate_that_does_not_fit_is_told(
    secure: Secure, tmp_path: Path, tls: dict[str, str], told: str
) -> None:
    assert re.search(told, trouble(secure.url, secure.tls(**tls)))


def test_a_broker_without_tls_is_told(secure: Secure) -> None:
    assert "it speaks no TLS there (TIDINGS_MQTT)" in trouble(f"mqtts://127.0.0.1:{secure.plain}", secure.tls())


@pytest.mark.parametrize("name", ["ca", "cert"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unusable, match=f"TIDINGS_MQTT_{name.upper()}=.*cannot be read"):
        connection("mqtts://127.0.0.1", Tls(**{name: tmp_path / "none.pem"}))


def test_certificates_without_tls_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="let TIDINGS_MQTT begin with mqtts://"):
        connection("mqtt://127.0.0.1", Tls(tmp_path / "ca.pem"))

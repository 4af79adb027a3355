"""Each server: ready, killed, there again on the same port with what it had acknowledged, gone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from services import mosquitto, s3
from services.every import SERVERS
from services.kafka import cluster_id
from services.mosquitto import Mosquitto
from services.ports import HOST, free, is_free
from services.problem import CannotServe
from services.process import eventually
from services.s3 import S3
from services.server import Server
from tests.servers import require
from tests.services.contents import CONTENTS

FIRST_OF_CLIENTS = 32_768
"""Where Linux begins, unless told otherwise: ip(7), ip_local_port_range."""


@pytest.mark.parametrize("name", SERVERS)
def test_what_it_had_is_there_after_a_kill(name: str, tmp_path: Path) -> None:
    kind = SERVERS[name]
    require(kind)
    with kind.running(tmp_path / name, "autosave_interval 1" if name == "mosquitto" else "") as server:
        assert server.ready
        write, read = CONTENTS[name]
        write(server.url)
        if name == "mosquitto":  # it alone acknowledges before anything is on disk
            assert eventually((server.data / "mosquitto.db").exists, 10.0)
        url, pid = server.url, server.pid
        server.kill()
        assert not server.alive and not server.ready
        server.start()
        assert server.url == url
        assert server.pid != pid
        assert read(url)
    _is_gone(server)


def test_s3_takes_one_upload_after_another(tmp_path: Path) -> None:
    """Over a connection that is kept, versitygw refused every third."""
    require(S3)
    write, read = CONTENTS["s3"]
    with s3.running(tmp_path) as server:
        for _ in range(20):
            write(server.url)
        assert read(server.url)


def _is_gone(server: Server) -> None:
    assert not server.alive
    assert not (server.folder / "pid").exists()
    assert all(is_free(port) for port in server.ports)


@pytest.fixture
def broker() -> type[Mosquitto]:
    require(Mosquitto)
    return Mosquitto


def test_a_paused_one_lives_and_does_not_answer(broker: type[Mosquitto], tmp_path: Path) -> None:
    with mosquitto.running(tmp_path) as server:
        server.pause()
        assert server.alive and not server.ready
        server.resume()
        assert server.ready


def test_start_of_a_paused_one_tells_and_leaves_it(broker: type[Mosquitto], tmp_path: Path) -> None:
    class Hasty(Mosquitto):
        ready_within = 0.1

    with mosquitto.running(tmp_path) as server:
        server.pause()
        with pytest.raises(CannotServe, match=f"mosquitto does not answer on port {server.port}"):
            Hasty(tmp_path).start()
        server.resume()
        assert server.ready


def test_ports_are_none_that_clients_are_given() -> None:
    chosen = free(20)
    assert len(set(chosen)) == 20
    assert max(chosen) < FIRST_OF_CLIENTS


def test_start_leaves_what_runs(broker: type[Mosquitto], tmp_path: Path) -> None:
    with mosquitto.running(tmp_path) as server:
        pid = server.pid
        Mosquitto(tmp_path).start()
        assert server.pid == pid


def test_a_port_that_is_taken_is_told(broker: type[Mosquitto], tmp_path: Path) -> None:
    with mosquitto.running(tmp_path) as server:
        port = server.port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, port))
        other.listen()
        with pytest.raises(CannotServe, match=f"port {port} of 127.0.0.1 is taken .*choose another port in"):
            server.start()
    assert not server.alive


def test_a_server_that_ends_at_once_tells_why(broker: type[Mosquitto], tmp_path: Path) -> None:
    with (
        pytest.raises(CannotServe, match=r"mosquitto ended at once: .*no_such_option"),
        mosquitto.running(tmp_path, extra="no_such_option true"),
    ):
        pass
    assert not Mosquitto(tmp_path).alive


def test_a_server_that_was_never_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="was never started"):
        _ = Mosquitto(tmp_path).port


def test_the_id_of_a_cluster_reads_like_no_option() -> None:
    drawn = {cluster_id() for _ in range(1000)}
    assert len(drawn) == 1000
    assert not [id for id in drawn if id.startswith("-")]

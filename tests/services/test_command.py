"""`python -m services`: the servers outlive it, and it ends only what it started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.mosquitto import Mosquitto
from services.process import ROOT, Process
from tests.servers import require

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """The command over Mosquitto alone, the quickest."""
    require(Mosquitto)

    def run(verb: str, *names: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services", verb, *(names or ("mosquitto",)), "--data", str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    yield run
    run("down")


def test_up_prints_the_settings_and_leaves_it_running(run: Run, tmp_path: Path) -> None:
    done = run("up")
    assert done.returncode == 0, done.stderr
    server = Mosquitto(tmp_path / "mosquitto")
    assert server.ready
    assert done.stdout == f"export TIDINGS_MQTT=mqtt://127.0.0.1:{server.port}\n"
    assert (tmp_path / "env").read_text() == done.stdout
    assert (tmp_path / "env").stat().st_mode & 0o077 == 0


def test_a_second_up_leaves_what_runs(run: Run, tmp_path: Path) -> None:
    first = run("up")
    pid = Mosquitto(tmp_path / "mosquitto").pid
    second = run("up")
    assert second.returncode == 0
    assert second.stdout == first.stdout
    assert f"runs already, pid {pid}" in second.stderr
    assert Mosquitto(tmp_path / "mosquitto").pid == pid


def test_status_tells_and_down_leaves_nothing(run: Run, tmp_path: Path) -> None:
    assert run("status").returncode == 1
    run("up")
    server = Mosquitto(tmp_path / "mosquitto")
    told = run("status")
    assert told.returncode == 0
    assert told.stdout == f"mosquitto  ready, pid {server.pid}, port {server.port}\n"
    down = run("down")
    assert down.returncode == 0
    assert not server.alive
    assert not (tmp_path / "env").exists()
    assert not (tmp_path / "mosquitto" / "pid").exists()
    assert "did not run" in run("down").stderr


def test_down_ends_no_foreign_process(run: Run, tmp_path: Path) -> None:
    foreign = Process(tmp_path / "foreign")
    foreign.start(["sleep", "60"], {})
    (tmp_path / "mosquitto").mkdir()
    (tmp_path / "mosquitto" / "pid").write_text(f"{foreign.pid} 1")
    run("down")
    assert foreign.pid is not None
    foreign.kill()


def test_a_name_that_is_none_is_refused(run: Run) -> None:
    done = run("up", "postgres")
    assert done.returncode == 2
    assert "no server is called postgres" in done.stderr

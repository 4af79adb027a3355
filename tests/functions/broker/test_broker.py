"""The embedded broker outlives the platform, is found again, and does not stay for ever."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from functions.broker.broker import ROOT, CannotStart, EmbeddedBroker
from functions.broker.files import Files
from functions.broker.ports import answers
from tests.brokers import eventually, running

PLATFORM = """
import sys, time
from pathlib import Path
from functions.broker.broker import EmbeddedBroker
broker = EmbeddedBroker(Path(sys.argv[1]), 0)
print(broker.port, flush=True)
time.sleep(60)
"""


def test_it_speaks_both_versions_on_this_machine_alone(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        assert answers(broker.port, 4)
        assert answers(broker.port5, 5)
        assert not answers(broker.port, 5)
    assert not answers(broker.port, 4)


def test_it_outlives_a_killed_platform_and_is_found_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PLATFORM, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as platform:
        assert platform.stdout is not None
        port = int(platform.stdout.readline())
        platform.kill()
    assert answers(port, 4)
    with running(tmp_path) as broker:
        assert broker.port == port
    assert not Files(tmp_path).is_held()


def test_one_that_runs_is_not_started_again(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        second = EmbeddedBroker(tmp_path, first.port)
        assert (second.port, second.port5) == (first.port, first.port5)
        second.stop()
        assert not answers(first.port, 4)


def test_another_port_than_the_one_that_runs_is_refused_with_the_cure(tmp_path: Path) -> None:
    with (
        running(tmp_path) as broker,
        pytest.raises(CannotStart, match=rf"still runs on port {broker.port}.*: kill \d+"),
    ):
        EmbeddedBroker(tmp_path, broker.port + 10)


def test_a_port_in_use_is_refused_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} of 127.0.0.1 is in use: .*choose another"):
            EmbeddedBroker(tmp_path, port)


def test_one_that_died_is_started_again_on_its_ports(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        before = Files(tmp_path).running()
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        eventually(lambda: not Files(tmp_path).is_held())
        broker.watch()
        assert (broker.port, broker.port5, broker.lost) == (before.port, before.port5, 1)
        assert answers(broker.port, 4)


def test_one_that_lives_but_takes_nobody_in_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        before = Files(tmp_path).running()
        assert before is not None
        os.kill(before.pid, signal.SIGSTOP)
        broker.watch()
        assert broker.lost == 1
        assert answers(broker.port, 4)


def test_it_ends_by_itself_when_no_platform_comes(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, 0, idle=0.4)
    eventually(lambda: not answers(broker.port, 4))
    broker.stop()

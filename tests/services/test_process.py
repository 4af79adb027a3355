"""A process is found again by its folder, and nothing else is ever taken for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.process import ROOT, Process, eventually, started

STARTS_AND_WAITS = """
import sys
from pathlib import Path
from services.process import Process, ends_with_us
folder = Path(sys.argv[1])
with ends_with_us(folder):
    Process(folder).start(["sleep", "60"], {})
    print("started", flush=True)
    sys.stdin.read()
"""


OUTLIVED_BY_A_THREAD = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("started", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    process.start(["sleep", "60"], {})
    yield process
    process.kill()


def test_another_object_finds_it(process: Process, tmp_path: Path) -> None:
    assert process.pid is not None
    assert Process(tmp_path).pid == process.pid


def test_one_that_was_killed_is_gone(process: Process, tmp_path: Path) -> None:
    process.kill()
    assert process.pid is None
    assert Process(tmp_path).pid is None


def test_one_whose_first_thread_is_dead_is_still_there() -> None:
    """As a killed JVM is for a moment: its ports are not free yet."""
    command = [sys.executable, "-c", OUTLIVED_BY_A_THREAD]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        stat = Path(f"/proc/{child.pid}/stat")
        assert eventually(lambda: ") Z " in stat.read_text(), 10)
        assert started(child.pid) != ""
        child.kill()


def test_one_that_is_paused_is_there_and_can_be_ended(process: Process) -> None:
    process.send(signal.SIGSTOP)
    assert process.pid is not None
    process.end()
    assert process.pid is None


def test_a_foreign_process_of_the_same_number_is_left_alone(process: Process, tmp_path: Path) -> None:
    """As after a restart of the machine: the number is another's now."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pid").write_text(f"{process.pid} 12345")
    other = Process(tmp_path / "other")
    assert other.pid is None
    other.kill()
    assert process.pid is not None


def test_one_that_ends_by_itself_is_seen(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.start(["sh", "-c", "echo one; echo what; echo where; exit 1"], {})
    assert eventually(lambda: process.pid is None, 5.0)
    assert process.last_words() == "what; where"
    process.end()


def test_it_ends_with_its_starter_however_that_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_AND_WAITS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        pid = Process(tmp_path).pid
        assert pid is not None
        starter.kill()
    assert eventually(lambda: not started(pid), 10.0)


def test_this_process_has_a_beginning() -> None:
    assert int(started(os.getpid())) > 0
    assert started(2**22 + 1) == ""

"""What cannot start says why in a line, with the cure, ends with 2 and leaves nothing running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.demo_process import PATIENCE, ROOT, Demo


class Case(NamedTuple):
    """data: below the test's folder; says: parts of the line. `{taken}` is a port that somebody uses."""

    says: tuple[str, ...]
    options: tuple[str, ...] = ()
    data: str = ""
    environment: Mapping[str, str] = {}


CASES = {
    "port": Case(("{taken}", "in use", "choose another"), ("--port", "{taken}")),
    "mqtt port": Case(("{taken}", "in use", "choose another"), ("--mqtt-port", "{taken}")),
    "second process": Case(("is in use by process {pid}", "name another folder"), data="{running}"),
    "not writable": Case(("file/data cannot be written", "name another folder"), data="{here}/file/data"),
    "other layout": Case(("has layout 99", "name another folder"), data="{here}/other"),
    "open to others": Case(("0.0.0.0", "give --token"), ("--listen", "0.0.0.0")),
    "bad definition": Case(("rules.yaml", "kind"), environment={"TIDINGS_DEFINITIONS": "{here}/definitions"}),
    "bad setting": Case(("TIDINGS_KEEP_RAW",), environment={"TIDINGS_KEEP_RAW": "0"}),
    "no failpoint": Case(("'recrod'",), environment={"TIDINGS_FAILPOINTS": "recrod:drop@1"}),
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, running: Demo) -> Iterator[dict[str, str]]:
    """What the cases name in braces; all of it is there."""
    here = tmp_path_factory.mktemp("refusals")
    (here / "file").write_text("in the way")
    (here / "other").mkdir()
    (here / "other" / "layout").write_text("99\n")
    (here / "definitions").mkdir()
    (here / "definitions" / "rules.yaml").write_text("rules: [{id: hot, metric: x, when: {kind: treshold}}]")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = str(listener.getsockname()[1])
        yield {"here": str(here), "taken": taken, "running": str(running.folder), "pid": str(running.pid)}


@pytest.fixture(scope="module")
def said(named: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All cases at once, for most of the time goes into imports."""
    with ExitStack() as stack:
        started = {name: stack.enter_context(_started(name, case, named)) for name, case in CASES.items()}
        for process in started.values():
            stack.callback(process.kill)
        yield started


def _started(name: str, case: Case, named: dict[str, str]) -> subprocess.Popen[str]:
    options = [option.format(**named) for option in case.options]
    environment = {key: value.format(**named) for key, value in case.environment.items()}
    places = ["--port", "0", "--mqtt-port", "0", "--data", str(_data(name, named))]
    return subprocess.Popen(
        [sys.executable, "-m", "functions", "demo", "--devices", "0", *places, *options], cwd=ROOT,
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _data(name: str, named: dict[str, str]) -> Path:
    return Path((CASES[name].data or "{here}/" + name.replace(" ", "-")).format(**named))


@pytest.mark.parametrize("name", CASES)
def test_it_refuses_in_one_line_with_the_cure(
    name: str, said: dict[str, subprocess.Popen[str]], named: dict[str, str]
) -> None:
    out, line = said[name].communicate(timeout=PATIENCE)
    assert said[name].returncode == 2, out + line
    assert line.startswith("tidings: ")
    assert line.count("\n") == 1, line
    assert [words for words in CASES[name].says if words.format(**named) not in line] == [], line


@pytest.mark.parametrize("name", [name for name in CASES if not CASES[name].data])
def test_what_is_refused_leaves_no_broker(
    name: str, said: dict[str, subprocess.Popen[str]], named: dict[str, str]
) -> None:
    said[name].wait(PATIENCE)
    assert Demo(_data(name, named)).broker() is None


def test_who_came_second_did_not_disturb_the_first(running: Demo, said: dict[str, subprocess.Popen[str]]) -> None:
    said["second process"].wait(PATIENCE)
    assert running.call("GET", "/readyz").json()["parts"]["bridge"] == "ok"

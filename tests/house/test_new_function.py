"""A new function is one folder and one line: done here in a copy of the tree, as a fourth person would."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

HANDLER = '''"""count: how many readings each device has sent, by minute of the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from events import clock, types
from events.event import Event
from events.ledger import Ledger
from events.state import Column, Layout, State

LAYOUT = Layout(1, {"devices": {"readings": Column("i8")}})


def handle(event: Event, *, state: State) -> Iterable[Event]:
    """Takes telemetry; gives the ledger's minutes."""
    if event.type == types.TELEMETRY_VALIDATED:
        for (device, _), readings in Counter(event.data.series()).items():
            row = state.tables["devices"].rows([(event.tenant, device)], clock.now(state))
            state.tables["devices"]["readings"][row] += readings
        Ledger(state, "count").count(in_=len(event.data))
    elif event.type == types.CLOCK_TICKED:
        clock.move(state, event.data)
        yield from Ledger(state, "count").passed(event)
'''

USE = """
from events import types
from events.event import Event, root_sequence, root_source
from events.payloads import Ticked
from events.readings import Readings, Row
from events.state import State
from functions.catalogue import function
from functions.manifest import manifest

MINUTE = 60_000_000
read = manifest()
count = function("count", read.functions["count"], {})
state = State(count.layout)
handle = count.bind(state)

def told(offset, type, data):
    return list(handle(Event(type, data, MINUTE, source=root_source(0), sequence=root_sequence(offset))))

rows = [Row("pump", name, MINUTE, MINUTE, 1.0, None, False, False) for name in ("flow", "speed")]
told(1, types.CLOCK_TICKED, Ticked(clock=MINUTE))
told(2, types.TELEMETRY_VALIDATED, Readings.of(rows))
(counted,) = told(3, types.CLOCK_TICKED, Ticked(clock=2 * MINUTE))
row = state.tables["devices"].find(("main", "pump"))
print(read.pods["store"].run[-1], counted.data.stage, counted.data.in_, state.tables["devices"]["readings"][row])
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages that a function stands on, and in them `count`: a folder, a line, and its name in a pod."""
    for package in ("events", "stores", "functions"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "functions" / "count"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Counts the readings of each device."""\n')
    (folder / "handler.py").write_text(HANDLER)
    manifest = tmp_path / "functions" / "manifest.toml"
    text = manifest.read_text()
    text = text.replace("\n[pods]", 'count = { takes = ["telemetry"] }\n\n[pods]')
    manifest.write_text(text.replace('run = ["record", "materialize"', 'run = ["record", "materialize", "count"'))
    return tmp_path


def _python(folder: Path, *arguments: str) -> str:
    run = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.fail(run.stdout + run.stderr)
    return run.stdout


def test_a_new_function_runs(copy: Path) -> None:
    assert _python(copy, "-c", USE).split() == ["count", "count", "2", "2"]

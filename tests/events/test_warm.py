"""Models are known before threads use them: a first use by many threads at once ended the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

MANY = """
import sys, threading, msgspec
sys.setswitchinterval(1e-6)
from events.payloads import Alert
from stores.snapshots import Pointer
from events.definitions import Rule
import events.models
start = threading.Barrier(16)
def use():
    start.wait()
    msgspec.convert({"functions": {}, "verdicts": []}, Pointer)
    msgspec.convert({"id": "r", "when": {"kind": "missing", "for": "1m"}}, Rule)
threads = [threading.Thread(target=use) for _ in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def test_many_threads_use_a_model_first_at_once() -> None:
    command = [sys.executable, "-c", MANY]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr

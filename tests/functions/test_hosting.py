"""How the host of a platform takes signals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TWICE = """
import os, signal
from threading import Event, Lock
from functions.hosting import _signals

class Stop(Event):
    # A second signal comes while the first sets the flag, which takes a lock.
    def __init__(self):
        super().__init__()
        self.lock, self.sent = Lock(), False

    def set(self):
        with self.lock:
            if not self.sent:
                self.sent = True
                os.kill(os.getpid(), signal.SIGTERM)
        super().set()

stop = Stop()
interrupted = _signals(stop)
os.kill(os.getpid(), signal.SIGINT)
assert stop.wait(10)
assert interrupted.is_set()
"""


def test_a_signal_upon_a_signal_ends_it_all_the_same() -> None:
    """A person presses Ctrl-C twice; `timeout` sends two within a microsecond."""
    subprocess.run([sys.executable, "-c", TWICE], cwd=ROOT, check=True, timeout=60)

"""Simulated devices in a process of their own. Used by `python -m pods`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pods.problem import say

FIRST_FAULT = "20"
"""Seconds: someone who looks at the page for the first time sees an alert within a minute."""


@contextmanager
def simulated(broker: str, devices: int, interval: float) -> Iterator[None]:
    """They end when their standard input does, however this process ends."""
    if not devices:
        yield
        return
    command = [
        sys.executable, "-m", "simulator", "run", "--url", broker, "--devices", str(devices),
        "--interval", str(interval), "--first-fault", FIRST_FAULT, "--until-eof",
    ]  # fmt: skip
    say(f"{devices} simulated devices, a message each {interval:g} s, some with faults")
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        command, cwd=root, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as fleet:
        try:
            yield
        finally:
            fleet.terminate()
            try:
                fleet.wait(10)
            except subprocess.TimeoutExpired:
                fleet.kill()

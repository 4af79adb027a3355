"""Simulated devices in a process of their own, for those who look. Used by demo.py and by `python -m pods`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST_FAULT = "20"
"""Seconds: someone who looks at the page for the first time sees an alert within a minute."""


@contextmanager
def simulated(broker: str, devices: int, interval: float, *options: str) -> Iterator[None]:
    """They are out of the terminal's group, so that Ctrl-C reaches them only through us, and end when their standard
    input does: two fleets of the same devices would send nonsense after a crash of ours."""
    command = [
        sys.executable, "-m", "simulator", "run", "--url", broker, "--devices", str(devices),
        "--interval", str(interval), "--first-fault", FIRST_FAULT, "--until-eof", *options,
    ]  # fmt: skip
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


def announced(devices: int, interval: float) -> str:
    """What is told of them."""
    return f"{devices} simulated devices, a message each {interval:g} s, some with faults"

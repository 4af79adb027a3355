"""The servers: those that run are used and left running, the others are started and ended with the demo. Used by
`python -m pods`."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pods.problem import CannotRun
from services.every import SERVERS

ROOT = Path(__file__).parents[1]


@contextmanager
def serving(data: Path, stop: threading.Event) -> Iterator[Mapping[str, str]]:
    """Their URLs as TIDINGS_… settings, empty where `stop` comes first. CannotRun: not all of them start."""
    ours = [name for name, kind in SERVERS.items() if not kind(data / name).alive]
    try:
        yield _up(data, stop)
    finally:
        if ours:
            subprocess.run(_command("down", data, ours), cwd=ROOT, check=False)


def _up(data: Path, stop: threading.Event) -> Mapping[str, str]:
    """Ended by `stop`, it leaves none of those that it has started."""
    with subprocess.Popen(
        _command("up", data), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as up:
        while up.poll() is None:
            if stop.wait(0.1):
                up.send_signal(signal.SIGINT)
                up.wait()
                return {}
        said = up.stdout.read() if up.stdout else ""
    if up.returncode:
        raise CannotRun("the servers do not run, for the reason above: see `make services`")
    return dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines())


def _command(verb: str, data: Path, names: Sequence[str] = ()) -> Sequence[str]:
    return [sys.executable, "-m", "services", verb, *names, "--data", str(data.absolute())]

"""The process of the broker: `python -m functions.broker.child FOLDER IDLE`, started by broker.py alone.

It holds a lock while it lives, by which the next start of the platform knows it. It ends by itself when no platform has
shown itself for IDLE seconds, and when its folder is gone.
"""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from iotcore import IotCoreBroker

from functions.broker.files import Files

LOOK = 5.0
"""Seconds between two looks whether the platform still shows itself."""


def main(folder: str, idle: str) -> None:
    """Serves until it is ended."""
    files = Files(Path(folder))
    lock = files.lock.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    logging.basicConfig(level=logging.WARNING)
    # The broker reports each packet it routes as an error; that is its tracing, not trouble.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    _allow_many_connections()
    threading.Thread(target=_end_when_alone, args=(files.beat, float(idle)), daemon=True).start()
    IotCoreBroker(config_path=str(files.config)).run_forever()


def _allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _end_when_alone(beat: Path, idle: float) -> None:
    with suppress(FileNotFoundError):
        while time.time() - beat.stat().st_mtime < idle:
            time.sleep(min(LOOK, idle / 2))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A bridge in a process of its own that tests kill: `python -m tests.functions.bridge.process URL FOLDER CLIENT_ID`. It
says a line when it is connected."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from events.local import LocalLog
from events.writer import Writer
from functions.bridge.bridge import Bridge, Ports
from functions.ingest.intake import Intake
from functions.ingest.names import is_tenant


def now() -> int:
    return time.time_ns() // 1000


def main(url: str, folder: str, client_id: str) -> None:
    log = LocalLog(Path(folder), 1)
    bridge = Bridge(url, Ports(Intake(Writer(log, "bridge", now)), now, lambda _: None, is_tenant), client_id)
    running = threading.Thread(target=bridge.run)
    running.start()
    while bridge.trouble is not None:
        time.sleep(0.01)
    print("connected", flush=True)
    running.join()


if __name__ == "__main__":
    main(*sys.argv[1:])

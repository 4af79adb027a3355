"""The files of the broker in the data folder. Used by broker.py and child.py."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import NamedTuple

import orjson

LISTENER = """
[{version}.{version}]
name = "{version}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[{version}.{version}.connections]
connection_timeout_ms = 10000
max_payload_size = {payload}
max_inflight_count = 1000
dynamic_filters = true
"""

ROUTER = """
id = 0
[router]
id = 0
max_connections = 20010
max_outgoing_packet_count = 200
max_segment_size = {segment}
max_segment_count = 16
"""

PAYLOAD = 8 * 1024 * 1024
"""Bytes of a message, beyond which the broker ends the connection; below, the platform can tell what is wrong."""

SEGMENT = 32 * 1024 * 1024
"""Sixteen such are kept for the bridge (1 or 2 h of a million readings a minute); then the oldest are dropped."""


class Running(NamedTuple):
    """What the broker that was started runs as. port: for MQTT 3.1.1; port5: for MQTT 5."""

    pid: int
    port: int
    port5: int


class Files:
    """Of a folder, which is made if it is not there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.lock, self.beat = self.folder / "lock", self.folder / "beat"
        self.config, self.log, self.state = (
            self.folder / "broker.toml",
            self.folder / "log",
            self.folder / "running.json",
        )

    def is_held(self) -> bool:
        """Whether a broker lives that was started for this folder."""
        with self.lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def running(self) -> Running | None:
        """The broker that was started last, whether it lives or not."""
        try:
            return Running(**orjson.loads(self.state.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def remember(self, running: Running) -> None:
        self.state.write_bytes(orjson.dumps(running._asdict()))

    def configure(self, port: int, port5: int) -> None:
        """Writes the settings of the broker: nothing but this machine reaches it."""
        listeners = [
            LISTENER.format(version=name, port=number, payload=PAYLOAD)
            for name, number in (("v4", port), ("v5", port5))
        ]
        self.config.write_text(ROUTER.format(segment=SEGMENT) + "".join(listeners))

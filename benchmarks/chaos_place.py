"""Five servers and the pods on them, each a process of its own, in one folder. Made by chaos_servers.py."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import httpx

from benchmarks.bad_influx import BadInflux
from benchmarks.demo_process import PATIENCE, ROOT, Failed, until
from benchmarks.logged import LoggedOn
from benchmarks.pods import Pods
from services import ports
from services.every import SERVERS
from services.s3 import BUCKET
from services.server import Server

PODS = {"bridge": "bridge", "stream": "stream", "store": "store", "archive": "archive", "api": "api live ingest"}
"""Process → its pods."""

READERS = ("stream", "store")
"""Pods that must catch up. The archive saves with its files, minutes later."""

BUSY = """\
rules:
  - { id: busy-voltage, name: Busy, severity: minor, scope: { profiles: [meter] }, metric: voltage,
      when: { kind: threshold, op: ">", value: 230 } }
  - { id: busy-pressure, name: Busy, severity: minor, scope: { profiles: [pump] }, metric: pressure,
      when: { kind: threshold, op: ">", value: 4 } }
"""
"""Rules whose limits lie where the values are, so that alerts never cease."""

KEEPS = {"mosquitto": "autosave_interval 1"}
"""Lines for a server's configuration: a broker that is killed has on disk all but its last second."""

CAUGHT_UP = 200.0
"""Records of a group: what comes in between two saves."""

SHARDS = 2
"""As settings.py says."""

_LAG = re.compile(r'^tidings_lag_records\{group="([^"]+)",shard="(\d+)"[^}]*\} ([\d.e+]+)$', re.MULTILINE)


class Place:
    """Nothing runs before it is entered; nothing is left when it is."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.definitions = _definitions(folder / "definitions")
        self.servers: dict[str, Server] = {}
        self.pods: dict[str, Pods] = {}
        self.influx: BadInflux
        self._told, self._stack = dict(environment or {}), ExitStack()
        self._ports = iter(ports.free(64))

    @property
    def mqtt(self) -> str:
        return self.servers["mosquitto"].url

    @property
    def url(self) -> str:
        """Of the API: the same after each start."""
        return self.pods["api"].url()

    @property
    def objects(self) -> Path:
        """The folder in which the S3 server keeps the bucket."""
        return self.servers["s3"].data / BUCKET

    @property
    def environment(self) -> Mapping[str, str]:
        """What pods are told."""
        urls = {server.setting: server.url for server in self.servers.values()}
        urls[self.servers["influx"].setting] = self.influx.url
        return {**urls, "TIDINGS_DEFINITIONS": str(self.definitions), "PYTHONFAULTHANDLER": "1", **self._told}

    def begin(self) -> float:
        """Starts every pod, and waits for all; the seconds that took."""
        began = time.monotonic()
        for name in PODS:
            self.pods[name] = self.pod(name)
        until(self.ready, "all pods", pause=0.3)
        return time.monotonic() - began

    def pod(self, name: str, stem: str = "") -> Pods:
        """Starts a pod; another stem for a second one of its kind."""
        return self._stack.enter_context(
            Pods(PODS[name], self.folder / (stem or f"pod-{name}"), self.environment, next(self._ports))
        )

    def ready(self) -> bool:
        """Whether every pod says so of itself."""
        return all(self._answer(name, "readyz") is not None for name in self.pods)

    def recovered(self) -> float:
        """Waits until all pods are ready and have caught up; the seconds that took. Failed: why it does not."""
        began = time.monotonic()
        try:
            until(lambda: self.ready() and self._caught_up(), "recovery", 2 * PATIENCE, pause=0.1)
        except Failed as failed:
            raise Failed(f"{failed}: {self.why()}; {[self.lag(name) for name in READERS]}") from failed
        return time.monotonic() - began

    def lag(self, name: str) -> dict[tuple[str, str], float]:
        """Group and shard → records not yet saved, of what a pod holds."""
        behind: dict[tuple[str, str], float] = {}
        for group, shard, records in _LAG.findall(self._answer(name, "metrics") or ""):
            behind[group, shard] = behind.get((group, shard), 0.0) + float(records)
        return behind

    def owns_all(self, name: str) -> bool:
        """Whether a pod holds every shard."""
        return len({shard for _, shard in self.lag(name)}) == SHARDS

    def alerts(self) -> int:
        """How many events about alerts the log has."""
        return sum(1 for _ in LoggedOn(self.servers["kafka"].url).events("alert"))

    def _caught_up(self) -> bool:
        behind = [self.lag(name) for name in READERS]
        return all(behind) and max(records for each in behind for records in each.values()) <= CAUGHT_UP

    def why(self) -> str:
        """What each pod says of itself."""
        return "; ".join(f"{name}: {self.says(pod)}" for name, pod in self.pods.items())

    def says(self, pod: Pods) -> str:
        """Whether all is well, by itself; empty: it does not answer."""
        status, text = _get(f"{pod.url()}/readyz")
        return text if status else ""

    def _answer(self, name: str, path: str) -> str | None:
        pod = self.pods[name]
        if pod.process.poll() is not None:
            raise Failed(f"{name} ended with {pod.process.returncode}: {pod.said[-2000:]}")
        status, text = _get(f"{pod.url()}/{path}")
        return text if status == 200 else None

    def __enter__(self) -> Place:
        for name, kind in SERVERS.items():
            self.servers[name] = self._stack.enter_context(kind.running(self.folder / name, KEEPS.get(name, "")))
        self.influx = self._stack.enter_context(BadInflux(self.servers["influx"].url))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _get(url: str) -> tuple[int, str]:
    try:
        answer = httpx.get(url, timeout=5)
    except httpx.HTTPError as error:
        return 0, repr(error)
    return answer.status_code, answer.text


def _definitions(folder: Path) -> Path:
    shutil.copytree(ROOT / "definitions", folder)
    (folder / "busy.yaml").write_text(BUSY)
    return folder

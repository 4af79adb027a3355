"""Five servers and the pods on them, each a process of its own, in one folder. Made by chaos_servers.py."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import httpx

from benchmarks.demo_process import ROOT, Failed, until
from benchmarks.pods import Pods
from services import ports
from services.every import SERVERS
from services.s3 import BUCKET
from services.server import Server

PODS = {"bridge": "bridge", "stream": "stream", "store": "store", "archive": "archive", "api": "api live ingest"}
"""Process → its pods."""

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

_LAG = re.compile(r'^tidings_lag_records\{group="([^"]+)"[^}]*\} ([\d.e+]+)$', re.MULTILINE)


class Place:
    """Nothing runs before it is entered; nothing is left when it is."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.definitions = _definitions(folder / "definitions")
        self.servers: dict[str, Server] = {
            name: kind(folder / name, KEEPS.get(name, "")) for name, kind in SERVERS.items()
        }
        self.pods: dict[str, Pods] = {}
        self._told, self._stack = dict(environment or {}), ExitStack()

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
        return {**urls, "TIDINGS_DEFINITIONS": str(self.definitions), "PYTHONFAULTHANDLER": "1", **self._told}

    def begin(self) -> None:
        """Starts every pod, and waits for all."""
        for name in PODS:
            self.pods[name] = self.pod(name)
        until(self.ready, "all pods", pause=0.3)

    def pod(self, name: str, stem: str = "") -> Pods:
        """Starts a pod; another stem for a second one of its kind."""
        (port,) = ports.free(1)
        return self._stack.enter_context(
            Pods(PODS[name], self.folder / (stem or f"pod-{name}"), self.environment, port)
        )

    def ready(self) -> bool:
        """Whether every pod says so of itself."""
        return all(self._answer(name, "readyz") is not None for name in self.pods)

    def lag(self) -> dict[str, float]:
        """Group → records not yet saved. Failed: a pod does not answer."""
        behind: dict[str, float] = {}
        for name in ("stream", "store", "archive"):
            text = self._answer(name, "metrics")
            if text is None:
                raise Failed(f"{name} does not answer")
            for group, records in _LAG.findall(text):
                behind[group] = behind.get(group, 0.0) + float(records)
        return behind

    def why(self) -> str:
        """What each pod says that is not well."""
        said = {name: _get(pod.url() + "/readyz") for name, pod in self.pods.items()}
        return "; ".join(f"{name}: {answer}" for name, answer in said.items())

    def _answer(self, name: str, path: str) -> str | None:
        pod = self.pods[name]
        if pod.process.poll() is not None:
            raise Failed(f"{name} ended with {pod.process.returncode}: {pod.said[-2000:]}")
        status, text = _get(f"{pod.url()}/{path}")
        return text if status == 200 else None

    def __enter__(self) -> Place:
        for server in self.servers.values():
            self._stack.enter_context(type(server).running(server.folder, server.extra))
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

"""Five servers and the pods on them, each a process of its own, in one folder. Made by chaos_servers.py."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import httpx

from benchmarks.bad_influx import BadInflux
from benchmarks.chaos_disk import Disk
from benchmarks.chaos_rules import definitions
from benchmarks.demo_process import PATIENCE, Failed, until
from benchmarks.logged import LoggedOn
from benchmarks.pods import Pods
from events.event import Event
from services import ports
from services.every import SERVERS
from services.s3 import BUCKET
from services.server import Server

PODS = {"bridge": "bridge", "stream": "stream", "store": "store", "archive": "archive", "api": "api live ingest"}
"""Process → its pods."""

READERS = ("stream", "store")
"""Pods that must catch up. The archive saves with its files, minutes later."""

KEEPS = {"mosquitto": "autosave_interval 1"}
"""Lines for a server's configuration: a broker that is killed has on disk all but its last second."""

BEHIND = 5.0
"""Seconds of records that a pod is behind when nothing is wrong: it flushes and saves every two."""

SHARDS = 2
"""As settings.py says."""

Lag = dict[tuple[str, str], float]

_LAG = re.compile(r'^tidings_lag_records\{group="([^"]+)",shard="(\d+)"[^}]*\} ([\d.e+]+)$', re.MULTILINE)


class Place:
    """Nothing runs before it is entered; nothing is left when it is."""

    def __init__(self, folder: Path, devices: int = 40) -> None:
        """devices: each sends a message a second, and repeats or revises a few."""
        self.folder = folder
        self.definitions = definitions(folder / "definitions")
        self.servers: dict[str, Server] = {}
        self.pods: dict[str, Pods] = {}
        self.killed: dict[str, float] = {}
        self.influx: BadInflux
        self.disk: Disk
        self._behind, self._stack = BEHIND * (1 + 1.2 * devices / SHARDS), ExitStack()
        self._ports = iter(ports.free(64))
        self._client = self._stack.enter_context(httpx.Client(timeout=5.0))

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
        return {**urls, "TIDINGS_DEFINITIONS": str(self.definitions), "PYTHONFAULTHANDLER": "1"}

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

    def again(self, name: str, failpoints: str) -> None:
        """Ends a pod, and starts it with faults inside."""
        assert self.pods[name].end() == 0, self.pods[name].said
        self.pods[name].start({"TIDINGS_FAILPOINTS": failpoints})

    def ready(self) -> bool:
        """Whether every pod says so of itself."""
        return all(self._answer(pod, "readyz") is not None for pod in self.pods.values())

    def recovered(self) -> float:
        """Waits until all pods are ready and have caught up; the seconds that took. Failed: why it does not."""
        began = time.monotonic()
        try:
            until(lambda: self.ready() and self._caught_up(), "recovery", 2 * PATIENCE, pause=0.1)
        except Failed as failed:
            raise Failed(f"{failed}: {self.why()}; {[self.lag(self.pods[name]) for name in READERS]}") from failed
        return time.monotonic() - began

    def lag(self, pod: Pods) -> Lag:
        """Group and shard → records not yet saved, of what a pod holds."""
        behind: Lag = {}
        for group, shard, records in _LAG.findall(self._answer(pod, "metrics") or ""):
            behind[group, shard] = behind.get((group, shard), 0.0) + float(records)
        return behind

    def owns(self, *pods: Pods) -> bool:
        """Whether these pods of one kind have all its shards between them, and each has some."""
        held = [self.lag(pod) for pod in pods]
        return all(held) and all(len(shards) == SHARDS for shards in _shards(held).values())

    def events(self, topic: str) -> list[Event]:
        """All that the log has of a topic now."""
        return list(LoggedOn(self.servers["kafka"].url).events(topic))

    def alerts(self) -> int:
        """How many events about alerts the log has."""
        return len(self.events("alert"))

    def _caught_up(self) -> bool:
        for kind in READERS:
            held = [self.lag(pod) for pod in self.pods.values() if pod.names == PODS[kind]]
            behind = [records for each in held for records in each.values()]
            if not behind or max(behind) > self._behind or any(len(all) < SHARDS for all in _shards(held).values()):
                return False
        return True

    def why(self) -> str:
        """What each pod says of itself."""
        return "; ".join(f"{name}: {self.says(pod)}" for name, pod in self.pods.items())

    def says(self, pod: Pods) -> str:
        """Whether all is well, by itself; empty: it does not answer."""
        if pod.process.poll() is not None:
            return f"ended with {pod.process.returncode}"
        status, text = self._get(f"{pod.url()}/readyz")
        return text if status else ""

    def _answer(self, pod: Pods, path: str) -> str | None:
        if pod.process.poll() is not None:
            raise Failed(f"{pod.names} ended with {pod.process.returncode}: {pod.said[-2000:]}")
        status, text = self._get(f"{pod.url()}/{path}")
        return text if status == 200 else None

    def _get(self, url: str) -> tuple[int, str]:
        try:
            answer = self._client.get(url)
        except httpx.HTTPError as error:
            return 0, repr(error)
        return answer.status_code, answer.text

    def __enter__(self) -> Place:
        try:
            self._begin_servers()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _begin_servers(self) -> None:
        self.disk = self._stack.enter_context(Disk(self.folder / "s3" / "data"))
        for name, kind in SERVERS.items():
            self.servers[name] = self._stack.enter_context(kind.running(self.folder / name, KEEPS.get(name, "")))
        self.influx = self._stack.enter_context(BadInflux(self.servers["influx"].url))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _shards(held: Iterable[Lag]) -> Mapping[str, set[str]]:
    shards: defaultdict[str, set[str]] = defaultdict(set)
    for group, shard in (key for lag in held for key in lag):
        shards[group].add(shard)
    return shards

"""How long a pod takes from its start to its first batch, and what it weighs when nothing comes: `python -m
benchmarks.servers_pods`. Every pod of the manifest a process of its own on the real servers.

A pod is ended, readings go on, and it is started again: the time is that until what it makes of them is seen from
outside, in the log or in InfluxDB. What makes nothing at once (archive, live) is asked whether it is ready.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from kafka import KafkaConsumer, TopicPartition

from benchmarks.pods import Pods
from benchmarks.processes import usage
from benchmarks.report import Table, show
from benchmarks.servers_load import Plan
from benchmarks.servers_place import Ground, line, running
from functions.manifest import manifest
from services.ports import free

LOAD = Plan(devices=100, metrics=10, interval=1.0, warm=0.0, seconds=180.0)
IDLE = 6.0
"""Seconds without anything but ticks, before memory is read."""

SETTLES = 5.0
"""Seconds of readings before pods are started again."""

LOOK = 0.02
"""Seconds."""

TOPICS = {"bridge": "inbox", "stream": "telemetry"}
"""Pod → where what it gives is seen, in readings."""

BODY = {"temperature": 20.5}


class Started(NamedTuple):
    """Seconds from the start of the process, MiB."""

    ready: float
    first: float | None
    idle: float


def main() -> list[Table]:
    """The table."""
    with (
        tempfile.TemporaryDirectory(prefix="tidings-pods-") as folder,
        Ground(Path(folder)) as ground,
        _all(ground, Path(folder)) as pods,
    ):
        time.sleep(IDLE)
        idle = {name: usage(pod.process.pid).memory for name, pod in pods.items()}
        with running("servers_load", port=ground.servers["mosquitto"].port, **LOAD._asdict()) as load:
            line(load)
            time.sleep(SETTLES)
            found = {name: Started(*_again(ground, name, pods[name]), idle[name]) for name in pods}
    rows = [
        [name, f"{each.ready:.1f} s", "" if each.first is None else f"{each.first:.1f} s", f"{each.idle:.0f} MiB"]
        for name, each in found.items()
    ]
    head = ["pod", "start to ready", "start to the first batch", "idle memory"]
    return [
        Table("Start and idle memory of every pod", head, [*rows, ["all", "", "", f"{sum(idle.values()):.0f} MiB"]])
    ]


@contextmanager
def _all(ground: Ground, folder: Path) -> Iterator[dict[str, Pods]]:
    declared = manifest()
    names = list(dict.fromkeys([*declared.pods, *declared.log_pods()]))
    with ExitStack() as stack:
        pods = {
            name: stack.enter_context(Pods(name, folder / f"pod-{name}", ground.environment, port))
            for name, port in zip(names, free(len(names)), strict=True)
        }
        for pod in pods.values():
            pod.ready()
        yield pods


def _again(ground: Ground, name: str, pod: Pods) -> tuple[float, float | None]:
    """Seconds from its start until it is ready, and until the first batch."""
    url = pod.url()
    pod.end()
    with _watch(ground, name, url) as seen:
        began = time.monotonic()
        pod.start()
        first = ready = None
        while ready is None or (first is None and seen is not None):
            time.sleep(LOOK)
            if first is None and seen is not None and seen():
                first = time.monotonic() - began
            if ready is None and _answers(f"{url}/readyz"):
                ready = time.monotonic() - began
        return ready, first


@contextmanager
def _watch(ground: Ground, name: str, url: str) -> Iterator[Callable[[], bool] | None]:
    """Whether what the pod gives has been seen; None: it gives nothing at once."""
    if name in TOPICS:
        consumer = _consumer(ground.servers["kafka"].port, TOPICS[name])
        yield lambda: _readings(consumer)
        consumer.close()
    elif name == "ingest":
        yield lambda: _posted(url)
    elif name == "store":
        before = ground.writes
        yield lambda: ground.writes > before
    elif name == "api":
        yield lambda: _answers(f"{url}/api/v1/status")
    else:
        yield None


def _consumer(port: int, topic: str) -> KafkaConsumer:
    consumer = KafkaConsumer(bootstrap_servers=f"127.0.0.1:{port}", enable_auto_commit=False)
    places = [TopicPartition(topic, part) for part in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(places)
    consumer.seek_to_end(*places)
    for place in places:
        consumer.position(place)
    return consumer


def _readings(consumer: KafkaConsumer) -> bool:
    """Whether readings have come meanwhile."""
    came = [record for records in consumer.poll(20).values() for record in records]
    return any(b".telemetry." in dict(record.headers)["ce_type"] for record in came)


def _posted(url: str) -> bool:
    try:
        answer = httpx.post(f"{url}/api/v1/devices/pump-00001/telemetry", json=BODY, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.status_code == 202


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    show(main())

"""Every pod a process of its own, over a real Kafka: a device's readings become history, alerts and an archive; what
cannot start says why in a line."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from benchmarks.demo_process import until
from benchmarks.pods import Pods
from functions.broker.files import Files
from services.kafka import Kafka
from tests.brokers import Device
from tests.servers import require

NOW = time.time_ns() // 1_000_000


@pytest.fixture
def environment(kafka_url: str, tmp_path: Path) -> dict[str, str]:
    """Topics, documents and objects that the pods of one test share."""
    return {
        "TIDINGS_LOG": kafka_url, "TIDINGS_KAFKA_PREFIX": f"test-{uuid4().hex[:12]}.",
        "TIDINGS_DOCUMENTS": f"sqlite://{tmp_path}/documents.sqlite", "TIDINGS_OBJECTS": f"file://{tmp_path}/objects",
    }  # fmt: skip


@pytest.fixture
def pods(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[[str], Pods]]:
    """Starts pods; none is left."""
    with ExitStack() as stack:
        started = 0

        def start(names: str) -> Pods:
            nonlocal started
            started += 1
            made = Pods(names, tmp_path / f"{started}-{names.split()[0]}", environment)
            stack.callback(made.close)
            return made

        yield start


def test_from_a_device_to_history_alert_and_archive(tmp_path: Path, pods: Callable[[str], Pods]) -> None:
    # DuckDB has one process: what needs series shares it here; with InfluxDB each has its own.
    bridge, stream, rest, archive = pods("bridge"), pods("stream"), pods("store api live ingest"), pods("archive")
    api = rest.ready()
    for other in (bridge, stream, archive):
        other.ready()
    broker = Files(tmp_path / "1-bridge" / "broker").running()
    assert broker is not None
    rule = {"metric": "temperature", "severity": "major", "when": {"kind": "threshold", "op": ">", "value": 30}}
    assert httpx.put(f"{api}/api/v1/rules/hot", json=rule).status_code in (200, 201)
    device = Device(broker.port5)
    try:
        for n in range(20):
            device.send("d1", orjson.dumps({"temperature": 20 + n, "time": NOW + n}))
        stored = until(lambda: _items(api, "readings?device=d1&limit=100", 20), "the readings are stored")
        assert [reading["value"] for reading in stored] == [20.0 + n for n in range(20)]
        (alert,) = until(lambda: _items(api, "alerts?device=d1", 1), "the alert is shown")
        assert alert["rule"] == "hot"
        metrics = httpx.get(f"{stream.url()}/metrics").text
        assert re.search(r'tidings_lag_records{group="stream/validate",shard="\d",topic="inbox"} \d', metrics)
        assert 'tidings_log_record_bytes_count{topic="telemetry"}' in metrics
        for pod in (bridge, stream, archive, rest):
            began = time.monotonic()
            assert pod.end() == 0, pod.said
            assert time.monotonic() - began < 20.0
            assert "Traceback" not in pod.said
    finally:
        device.close()
        bridge.close()
        os.kill(broker.pid, SIGKILL)


def _is_not_ready(url: str) -> bool:
    return httpx.get(f"{url}/readyz", timeout=10).status_code == 503


def _items(api: str, path: str, least: int) -> list[dict[str, Any]] | None:
    items: list[dict[str, Any]] = httpx.get(f"{api}/api/v1/{path}").json()["items"]
    return items if len(items) >= least else None


def refused(tmp_path: Path, environment: dict[str, str]) -> str:
    """What a pod says that cannot start; a line, within 15 s."""
    began = time.monotonic()
    pod = Pods("stream", tmp_path / "refused", environment)
    try:
        assert pod.process.wait(15) == 2, pod.said
    finally:
        pod.close()
    assert time.monotonic() - began < 15.0
    assert pod.said.startswith("tidings: ")
    assert len(pod.said.splitlines()) == 1, pod.said
    return pod.said


@pytest.mark.parametrize("url", ["kafka:127.0.0.1", "kafka://", "kafka://h", "http://h:1", "kafka://u:secret@h:1"])
def test_a_wrong_url_is_told(tmp_path: Path, environment: dict[str, str], url: str) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_LOG": url})
    assert "TIDINGS_LOG" in said and "kafka://host:port" in said and "secret" not in said


def test_nobody_there_is_told(tmp_path: Path, environment: dict[str, str], free_port: Callable[[], int]) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_LOG": f"kafka://127.0.0.1:{free_port()}"})
    assert "nothing answers at 127.0.0.1" in said and "TIDINGS_LOG" in said


def test_somebody_else_is_told(tmp_path: Path, environment: dict[str, str], silent_port: int) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_LOG": f"kafka://127.0.0.1:{silent_port}"})
    assert "no Kafka answers" in said and "TIDINGS_LOG" in said


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_tls_where_there_is_none_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_KAFKA_TLS": "true"})
    assert "TIDINGS_KAFKA_TLS" in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_KAFKA_TLS": "true", "TIDINGS_KAFKA_CA": "/nowhere.pem"})
    assert "TIDINGS_KAFKA_CA=/nowhere.pem cannot be read" in said


def test_a_user_where_none_is_known_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    said = refused(tmp_path, environment | {"TIDINGS_KAFKA_USER": "u", "TIDINGS_KAFKA_PASSWORD": "hunter2"})
    assert "TIDINGS_KAFKA_USER" in said and "hunter2" not in said


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    """One that this test may kill."""
    require(Kafka)
    with Kafka.running(tmp_path / "kafka") as kafka:
        yield kafka


def test_where_kafka_goes_away_it_is_told_and_the_pod_ends_in_time(
    own_kafka: Kafka, environment: dict[str, str], tmp_path: Path
) -> None:
    here = environment | {"TIDINGS_LOG": own_kafka.url}
    pods = [Pods(name, tmp_path / name, here) for name in ("stream", "bridge")]
    try:
        urls = [pod.ready() for pod in pods]
        own_kafka.kill()
        for pod, url in zip(pods, urls, strict=True):
            until(partial(_is_not_ready, url), "not ready", pause=0.2)
            assert "Kafka at 127.0.0.1" in httpx.get(f"{url}/readyz").text
            assert httpx.get(f"{url}/healthz").status_code == 200 and pod.process.poll() is None
        for pod in pods:
            began = time.monotonic()
            pod.end(seconds=25.0)
            assert time.monotonic() - began < 20.0
            assert "Traceback" not in pod.said, pod.said
    finally:
        for pod in pods:
            pod.close()
        broker = Files(tmp_path / "bridge" / "broker").running()
        if broker is not None:
            os.kill(broker.pid, SIGKILL)

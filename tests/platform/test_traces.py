"""One trace from a device to the page over a real Kafka, pod by pod, at a receiver of OpenTelemetry."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Any, NamedTuple

import httpx
import orjson
import pytest

from benchmarks.demo_process import until
from benchmarks.pods import Pods
from benchmarks.simulators import listening
from functions.broker.files import Files
from tests.brokers import Device
from tests.otlp import Receiver, receiving
from tests.platform.test_pods import environment, pods

__all__ = ["environment", "pods"]

HOPS = ["mqtt", "bridge", "validate", "score", "alert", "live"]
NOW = time.time_ns() // 1_000_000


class Reached(NamedTuple):
    url: str


@pytest.fixture
def receiver(environment: dict[str, str]) -> Iterator[Receiver]:
    """Named to the pods that are started after it."""
    with receiving() as receiver:
        environment["TIDINGS_TRACES"] = receiver.url
        yield receiver


def test_from_a_device_to_the_page(tmp_path: Path, receiver: Receiver, pods: Callable[[str], Pods]) -> None:
    bridge, stream, rest = pods("bridge"), pods("stream"), pods("api live ingest")
    api = rest.ready()
    bridge.ready()
    stream.ready()
    broker = Files(tmp_path / "1-bridge" / "broker").running()
    assert broker is not None
    rule = {"metric": "temperature", "severity": "major", "when": {"kind": "threshold", "op": ">", "value": 30}}
    assert httpx.put(f"{api}/api/v1/rules/hot", json=rule).status_code in (200, 201)
    device, sent = Device(broker.port5), iter(range(10_000))
    heard = tmp_path / "heard"

    def whole() -> list[list[Any]]:
        """Device after device raises an alert, until one is told to a page that is there by then."""
        device.send(f"d{next(sent)}", orjson.dumps({"temperature": 40.0, "time": NOW}))
        return [[spans[hop] for hop in HOPS] for spans in receiver.traces().values() if spans.keys() >= set(HOPS)]

    try:
        with listening(Reached(api), heard):
            spans = until(whole, "a trace with every hop", pause=0.2)[0]
    finally:
        device.close()
        bridge.close()
        os.kill(broker.pid, SIGKILL)
    starts = [span.start_time_unix_nano for span in spans]
    assert starts == sorted(starts)
    assert all(0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9 for span in spans[1:])
    assert not spans[0].parent_span_id and {span.parent_span_id for span in spans[1:]} == {spans[0].span_id}
    assert len({span.span_id for span in spans}) == len(HOPS)
    services = {service["tidings.pods"] for service, _ in receiver.spans}
    assert services >= {"bridge", "stream"} and not receiver.refused
    print(", ".join(f"{s.name} {(s.end_time_unix_nano - s.start_time_unix_nano) / 1e6:.1f} ms" for s in spans))

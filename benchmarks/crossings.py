"""Devices that cross a threshold once in each of their series: `python -m benchmarks.crossings`, a process that
latency.py and throughput.py start.

Open loop: a message is due at its moment however late those before it were, and the time in it is that moment (whole
ms). Prints, as JSON, how many it sent and how late.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

RULE = {
    "id": "planted", "name": "Planted", "severity": "warning", "scope": {"devices": ["planted-*"]}, "metric": "m*",
    "when": {"kind": "threshold", "op": ">", "value": 100, "clear": 90},
}  # fmt: skip
CALM, HOT = 20.0, 200.0


class Plan(NamedTuple):
    """Every device sends all its metrics once a second, for so many seconds."""

    devices: int
    metrics: int
    seconds: int

    @property
    def crossings(self) -> int:
        """One a series."""
        return self.devices * self.metrics

    def messages(self) -> Iterator[tuple[float, str, dict[str, float]]]:
        """Seconds from the start, device and values, in order. A series is over for one reading, neither in its first
        nor its last."""
        draw = np.random.default_rng(7)
        hot = draw.integers(2, self.seconds - 1, (self.devices, self.metrics))
        noise = draw.uniform(0, 5, (self.seconds, self.devices, self.metrics)).round(2)
        for second in range(self.seconds):
            for device in range(self.devices):
                over = hot[device] == second
                values = np.where(over, HOT, CALM) + noise[second, device]
                named = {f"m{metric}": value for metric, value in enumerate(values.tolist())}
                yield second + device / self.devices, f"planted-{device:04}", named


def main() -> None:
    """Sends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crossings")
    parser.add_argument("--port", type=int, required=True)
    for name in Plan._fields:
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    print(json.dumps(send(asked.port, Plan(asked.devices, asked.metrics, asked.seconds))), flush=True)


def send(port: int, plan: Plan) -> dict[str, float]:
    """sent: messages; unacked: by the broker, 10 s after the last; late_p50, late_p99: ms behind the moment."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    start, late, sent = time.time() + 1.0, [], []
    for due, device, values in plan.messages():
        moment = round((start + due) * 1000)
        body = orjson.dumps({"time": moment, **values})
        time.sleep(max(0.0, moment / 1000 - time.time()))
        late.append(time.time() * 1000 - moment)
        sent.append(client.publish(f"tidings/main/{device}/telemetry", body, 1))
    deadline = time.monotonic() + 10
    while any(not each.is_published() for each in sent) and time.monotonic() < deadline:
        time.sleep(0.05)
    unacked = sum(not each.is_published() for each in sent)
    client.disconnect()
    client.loop_stop()
    p50, p99 = np.percentile(late, [50, 99]).tolist()
    return {"sent": len(sent), "unacked": unacked, "late_p50": p50, "late_p99": p99}


if __name__ == "__main__":
    main()

"""Devices, each with an MQTT connection of its own, at a cost that leaves the machine to what is measured:
`python -m benchmarks.servers_load`, a process that servers_rate.py and servers_steps.py start.

MQTT 3.1.1 with QoS 1 by hand. Open loop: a message is due at its moment however late those before it were, and the time
in it is that moment (whole ms). Says, as JSON, when it begins, and at the end how many it sent and how late.
"""

from __future__ import annotations

import argparse
import json
import resource
import selectors
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple, get_type_hints

import numpy as np
import orjson

from benchmarks.publisher import packet

NAMES = ("pressure", "flow", "temperature", "vibration", "current", "power", "speed", "probe")
"""Those of a pump by definitions/profiles.yaml; a rule looks at the last. What is more is metric-8 and so on."""

RULE = {
    "id": "planted", "name": "Planted", "severity": "warning", "scope": {"devices": ["pump-*"]}, "metric": "probe",
    "when": {"kind": "threshold", "op": ">", "value": 100, "clear": 90},
}  # fmt: skip
HOT = 200.0

STEP = 0.002
"""Seconds between two looks at what is due."""

AT_ONCE = 500
"""Connections that are opened before the answers are awaited: a broker's backlog is short."""

KINDS, LEVELS = 7, 997
"""Different messages of a device, sent in turn; devices that are like no other."""

PATIENCE = 30.0
ACKNOWLEDGED = 4
"""Bytes of a PUBACK, and of a CONNACK."""


class Plan(NamedTuple):
    """Every device sends `metrics` once in `interval` seconds, for `warm` and then `seconds` more. planted: devices
    that cross a threshold once in the latter."""

    devices: int
    metrics: int
    interval: float
    warm: float
    seconds: float
    planted: int = 0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.devices / self.interval

    @property
    def messages(self) -> int:
        return round((self.warm + self.seconds) * self.rate)

    @property
    def readings(self) -> int:
        """In the part that is measured."""
        return round(self.seconds * self.rate) * self.metrics

    @property
    def a_minute(self) -> int:
        return round(self.rate * self.metrics * 60)

    def names(self) -> list[str]:
        return [*NAMES, *(f"metric-{n}" for n in range(len(NAMES), self.metrics))][: self.metrics]

    def hot(self) -> frozenset[int]:
        """Numbers of the messages that cross: never a device's first or last that is measured."""
        draw, first = np.random.default_rng(7), round(self.warm * self.rate)
        rounds = int(self.seconds / self.interval)
        chosen = draw.choice(self.devices, self.planted, replace=False) if self.planted else np.empty(0, np.int64)
        at = first + (chosen - first) % self.devices + draw.integers(0, max(1, rounds - 1), len(chosen)) * self.devices
        return frozenset(at.tolist())


class Fleet:
    """Connections and what was sent over them."""

    def __init__(self, port: int, plan: Plan) -> None:
        self.plan, self._port, self.acknowledged = plan, port, 0
        self._selector = selectors.DefaultSelector()
        self._topics = [b"tidings/main/pump-%05d/telemetry" % n for n in range(plan.devices)]
        self._bodies = _bodies(plan)
        self._hot = _body(plan, [HOT if name == "probe" else 3.0 for name in plan.names()])
        self._sockets: list[socket.socket] = []

    def connect(self) -> None:
        """All of them."""
        for begin in range(0, self.plan.devices, AT_ONCE):
            some = [self._opened(n) for n in range(begin, min(begin + AT_ONCE, self.plan.devices))]
            for each in some:
                each.recv(ACKNOWLEDGED, socket.MSG_WAITALL)
                each.setblocking(False)
                self._selector.register(each, selectors.EVENT_READ)
            self._sockets += some

    def send(self, start: float) -> Sequence[float]:
        """All messages, each at its moment; how late each was, ms."""
        plan, hot, sent, late = self.plan, self.plan.hot(), 0, []
        while sent < plan.messages:
            now = time.time()
            due = min(plan.messages, int((now - start) * plan.rate) + 1)
            for number in range(sent, due):
                moment = round((start + number / plan.rate) * 1000)
                self._publish(number, moment, number in hot)
                late.append(time.time() * 1000 - moment)
            sent = max(sent, due)
            self._read(max(0.0, now + STEP - time.time()))
        return late

    def drain(self) -> int:
        """Messages that are not acknowledged after a while."""
        deadline = time.monotonic() + PATIENCE
        while self.acknowledged < ACKNOWLEDGED * self.plan.messages and time.monotonic() < deadline:
            self._read(0.05)
        return self.plan.messages - self.acknowledged // ACKNOWLEDGED

    def _opened(self, number: int) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = b"load-%05d" % number
        made.sendall(
            bytes([0x10, 12 + len(name)]) + b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
        )
        return made

    def _publish(self, number: int, moment: int, hot: bool) -> None:
        turn, device = divmod(number, self.plan.devices)
        body = self._hot if hot else self._bodies[turn % KINDS][device % LEVELS]
        whole = packet(self._topics[device], turn % 65535 + 1, b'{"time":%d,' % moment + body)
        if (taken := self._sockets[device].send(whole)) < len(whole):
            raise BlockingIOError(f"a connection took {taken} of {len(whole)} bytes: the broker does not keep up")

    def _read(self, seconds: float) -> None:
        """Acknowledgements, for so long at least."""
        until = time.time() + seconds
        while True:
            for key, _ in self._selector.select(max(0.0, until - time.time())):
                self.acknowledged += len(key.fileobj.recv(4096))  # type: ignore[union-attr]  # sockets alone
            if time.time() >= until:
                return


def _bodies(plan: Plan) -> list[list[bytes]]:
    """What follows the time in a message, of each kind and level: what sensors say, with noise."""
    draw = np.random.default_rng(1)
    levels = draw.uniform(2, 3.5, (LEVELS, plan.metrics))
    values = np.round(levels + draw.normal(0, 0.1, (KINDS, *levels.shape)), 3)
    return [[_body(plan, row) for row in kind] for kind in values.tolist()]


def _body(plan: Plan, values: Sequence[float]) -> bytes:
    return orjson.dumps(dict(zip(plan.names(), values, strict=True)))[1:]


def main() -> None:
    """Sends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers_load")
    parser.add_argument("--port", type=int, required=True)
    for name, kind in get_type_hints(Plan).items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    asked = vars(parser.parse_args())
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    fleet = Fleet(asked.pop("port"), Plan(**asked))
    fleet.connect()
    start = time.time() + 0.5
    print(json.dumps({"start": start}), flush=True)
    late = fleet.send(start)
    measured = late[round(fleet.plan.warm * fleet.plan.rate) :]
    p50, p99 = np.percentile(measured, [50, 99]).tolist()
    print(json.dumps({"unacked": fleet.drain(), "late_p50": p50, "late_p99": p99}), flush=True)


if __name__ == "__main__":
    main()

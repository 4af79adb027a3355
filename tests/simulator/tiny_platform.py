"""A platform in memory, small and right unless told otherwise: telemetry in; readings, series, ledger, alerts out."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import orjson

MINUTE = 60_000
Rows = dict[tuple[str, str, int], float]


@dataclass
class Held:
    """What the platform has: readings (time in ms), documents, and the ledger's rows."""

    readings: Rows = field(default_factory=dict)
    twice: list[tuple[str, str, int]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    anomalies: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    rollup_counts: int = 0
    clock: int = 0
    clock_step: int = 0
    all_metrics: bool = True


class TinyPlatform:
    """Serves `held`; `answer` may answer a POST before it is stored: a status and a body, or None."""

    def __init__(self) -> None:
        self.held = Held()
        self.posts: list[tuple[str, Any]] = []
        self.answer: Callable[[str, list[dict[str, Any]]], tuple[int, Any] | None] = lambda device, batch: None
        handler = type("Handler", (_Handler,), {"platform": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> TinyPlatform:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, device: str, batch: list[dict[str, Any]]) -> tuple[int, Any]:
        """Store a batch as the platform would."""
        self.posts.append((device, batch))
        answer = self.answer(device, batch)
        if answer is None:
            for message in batch:
                values = dict(message)
                time = values.pop("time")
                self.held.readings |= {(device, metric, time): value for metric, value in values.items()}
            answer = 202, {"accepted": len(batch), "rejected": []}
        return answer

    def count(self) -> None:
        """Write the ledger that fits what is held, and let the clock pass it."""
        minutes = Counter(time // MINUTE * MINUTE for _, _, time in self.held.readings)
        posted = Counter(
            m["time"] // MINUTE * MINUTE for _, batch in self.posts for m in batch for _ in range(len(m) - 1)
        )
        self.held.ledger = [row(minute, stage, n) for stage in ("validate", "record") for minute, n in minutes.items()]
        for held in self.held.ledger[: len(minutes)]:
            self.again(held, max(0, posted[held["minute"]] - held["in"]))
        self.held.clock = max(minutes) + 10 * MINUTE

    def again(self, row: dict[str, Any], n: int) -> None:
        """Count n duplicates into a row of validate."""
        row["in"] += n
        row["duplicates"] += n


def row(minute: int, stage: str, n: int) -> dict[str, Any]:
    """A minute of a stage in which all was well."""
    counts = {"rejected": {}, "duplicates": 0, "revised": 0, "late": 0, "lost": 0, "in_flight": 0}
    return {"minute": minute, "stage": stage, "shard": 0, "in": n, "out": n, **counts}


class _Handler(BaseHTTPRequestHandler):
    platform: ClassVar[TinyPlatform]
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet

    def do_POST(self) -> None:
        device = self.path.split("/")[4]
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(*self.platform.take(device, body if isinstance(body, list) else [body]))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.removeprefix("/api/v1/")
        self._send(*answer(self.platform.held, name, query))

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send(self, status: int, body: Any) -> None:
        data = orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def answer(held: Held, name: str, query: dict[str, str]) -> tuple[int, Any]:
    """What a GET gives."""
    if name == "status":
        held.clock += held.clock_step
        return 200, {"clock": held.clock}
    if name.startswith("devices/"):
        known = any(device == name.removeprefix("devices/") for device, _, _ in held.readings)
        return (200, {}) if known else (404, {"title": "unknown device"})
    if name == "readings":
        return _readings(held, query)
    if name == "series":
        return 200, _series(held, query)
    documents = {"alerts": held.alerts, "anomalies": held.anomalies, "ledger": held.ledger}
    return (200, {"items": documents[name], "next": None}) if name in documents else (404, {})


def _readings(held: Held, query: dict[str, str]) -> tuple[int, Any]:
    if "metric" not in query and not held.all_metrics:
        return 422, {"title": "metric is missing"}
    keys = [
        key
        for key in (*held.readings, *held.twice)
        if key[0] == query["device"]
        and key[1] == query.get("metric", key[1])
        and int(query["from"]) <= key[2] < int(query["to"])
    ]
    rows = [{"metric": key[1], "time": key[2], "value": held.readings[key]} for key in sorted(keys)]
    begin = int(query.get("cursor", 0))
    end = begin + min(int(query["limit"]), 500)
    return 200, {"items": rows[begin:end], "next": str(end) if end < len(rows) else None}


def _series(held: Held, query: dict[str, str]) -> dict[str, Any]:
    t0, end = int(query["from"]), int(query["to"])
    series = []
    for metric in query["metrics"].split(","):
        rows = sorted((k[2], v) for k, v in held.readings.items() if k[:2] == (query["devices"], metric))
        held_by: dict[int, list[float]] = {}
        for time, value in rows:
            held_by.setdefault(time // MINUTE * MINUTE, []).append(value)
        buckets = [held_by.get(at, []) for at in range(t0, end, MINUTE)]
        pick: dict[str, Callable[[list[float]], float]] = {
            "first": lambda b: b[0], "min": min, "max": max, "last": lambda b: b[-1],
            "count": lambda b: len(b) + held.rollup_counts,
        }  # fmt: skip
        series.append({"metric": metric} | {n: [f(b) if b else None for b in buckets] for n, f in pick.items()})
    return {"t0": t0, "step": MINUTE, "source": "rollup:1m", "series": series}

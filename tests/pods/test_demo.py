"""`python -m pods`: from a device through Mosquitto, bridge, Kafka, stream, store and api, each a process, to the
page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from benchmarks.demo_process import ELSEWHERE, ROOT, Failed, until
from benchmarks.simulators import fleet, started
from services.every import SERVERS
from services.process import Process
from tests.servers import require

TENANT = "other"
"""The demo's own fleet, of three devices, is `main`'s."""

RULE = {"metric": "temperature", "severity": "major", "when": {"kind": "threshold", "op": ">", "value": 20}}


class Demo:
    """The command over a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._said = folder, folder.with_name("said")
        command = [sys.executable, "-m", "pods", "--data", str(folder), "--port", "0", "--devices", "3"]
        named = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**named, "TIDINGS_TENANTS": '["main", "other"]'}, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._said.read_text()

    def told(self, line: str) -> str:
        """The first group of a line, once it is said."""

        def found() -> re.Match[str] | None:
            if self.process.poll() is not None:
                raise Failed(f"it ended with {self.process.returncode}: {self.said}")
            return re.search(line, self.said)

        return until(found, line, 200.0)[1]  # five servers and seven pods

    def pod(self, name: str) -> int | None:
        """Its process."""
        return Process(self.folder / "pods" / name).pid

    def close(self) -> None:
        """Ends it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    for server in SERVERS.values():
        require(server)
    made = Demo(tmp_path / "services")
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_nothing_is_lost_on_the_way_through_all_of_them(demo: Demo, tmp_path: Path) -> None:
    page, broker = demo.told(r"the page: (\S+)"), demo.told(r"devices publish to: ([^,]+)")
    assert "<html" in httpx.get(page, timeout=60).text
    assert httpx.put(f"{page}/api/v1/rules/hot", json=RULE, timeout=60).is_success
    events = tmp_path / "events"
    live = started(["listen", "--api", page, "--events", str(events)], tmp_path / "listen.said")
    try:
        with fleet(broker, tmp_path / "sent", "--tenant", TENANT, "--devices", "20", "--interval", "0.5") as sending:
            until(lambda: events.exists() and events.stat().st_size, "a word on the live channel")
            _kill(demo, "ingest")
            until(lambda: _post(page).status_code == 202, "HTTP again, at the same address")
            until(lambda: b'"rule":"hot"' in events.read_bytes(), "the alert on the live channel")
            assert sending.end() == 0
    finally:
        live.kill()
        live.wait()
    check = ["check", "--api", page, "--tenant", TENANT, "--readings", str(tmp_path / "sent.readings"), "--json"]
    report = subprocess.run([sys.executable, "-m", "simulator", *check], cwd=ROOT, capture_output=True, check=False)
    assert report.returncode == 0, report.stdout
    assert orjson.loads(report.stdout)["readings"]["stored"] > 100
    assert until(lambda: _latest(page), "what came over HTTP is stored") == 21.4
    demo.close()
    assert demo.process.returncode == 0, demo.said
    assert "Traceback" not in demo.said
    assert not any(demo.pod(folder.name) for folder in (demo.folder / "pods").iterdir())
    assert not any(kind(demo.folder / name).alive for name, kind in SERVERS.items())


def _kill(demo: Demo, name: str) -> None:
    """It is told in a line, and started again."""
    pid = demo.pod(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    demo.told(rf"(pod {name} has died, and is started again in 1 s)")
    until(lambda: demo.pod(name) not in (None, pid), f"{name} again")


def _post(page: str) -> httpx.Response:
    return httpx.post(f"{page}/api/v1/devices/cellar/telemetry", json={"temperature": 21.4}, timeout=60)


def _latest(page: str) -> float | None:
    items = httpx.get(f"{page}/api/v1/readings", params={"device": "cellar", "limit": 1}, timeout=60).json()["items"]
    return items[0]["value"] if items else None

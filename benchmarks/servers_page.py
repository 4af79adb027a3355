"""From a reading to the picture of a chart in a real Chromium: `python -m benchmarks.servers_page`. The platform on the
real servers under 2,000 readings a second; what the page is told and what it draws is watched in the browser
(web/test/bench/live.mjs), on one clock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.report import ROOT, Table, show
from benchmarks.servers_load import Plan
from benchmarks.servers_place import Ground, line, running

LOAD = Plan(devices=20, metrics=10, interval=0.1, warm=0.0, seconds=150.0)
SECONDS = 30
P99 = 100.0
"""ms, as for alerts: a frame leaves every 50 ms at most."""

THREAD = 0.25
"""Of the page's thread, which the chart may take."""

WEB = ROOT / "web"
SETTLES = 5.0


def main() -> list[Table]:
    """The table."""
    with tempfile.TemporaryDirectory(prefix="tidings-page-") as folder, Ground(Path(folder)) as ground:
        ground.begin()
        with running("servers_load", port=ground.servers["mosquitto"].port, **LOAD._asdict()) as load:
            line(load)
            time.sleep(SETTLES)
            return [_table(_watched(ground.url))]


def _watched(url: str) -> dict[str, Any]:
    path = f"{ROOT / '.venv/node/bin'}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=path)
    if node is None:
        raise RuntimeError("no Node.js here: `make setup` brings one")
    command = [node, "test/bench/live.mjs", "--url", url, "--device", "pump-00007", "--seconds", str(SECONDS)]
    ran = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    told: dict[str, Any] = orjson.loads(ran.stdout)
    return told


def _table(told: dict[str, Any]) -> Table:
    came, drawn = told["came"], told["drawn"]
    rows = [
        ["frames a second", f"{told['frames'] / told['seconds']:.1f}", "≤ 20"],
        ["bytes a frame", f"{told['bytes']:.0f}", ""],
        ["reading → frame in the browser, p50, p95", f"{came['p50']:.0f}, {came['p95']:.0f} ms", ""],
        ["reading → frame in the browser, p99", f"{came['p99']:.0f} ms", f"≤ {P99:g} ms"],
        ["reading → drawn, p50, p95, p99", f"{drawn['p50']:.0f}, {drawn['p95']:.0f}, {drawn['p99']:.0f} ms", ""],
        ["redraws a second", f"{told['redraws']:.1f}", ""],
        ["of the page's thread", f"{told['thread']:.0%}", f"≤ {THREAD:.0%}"],
        ["of it script", f"{told['script']:.0%}", ""],
        ["heap at the end, and grown in the time", f"{told['heap']:.1f}, {told['grown']:.1f} MiB", ""],
        ["errors on the console", f"{len(told['errors'])}", "0"],
    ]
    title = f"The live frame in Chromium, a series with a reading every {LOAD.interval * 1000:g} ms"
    return Table(
        title, ["", "measured", "asked"], rows, [f"{came['n']} readings in {told['seconds']:.0f} s.", *told["errors"]]
    )


if __name__ == "__main__":
    show(main())

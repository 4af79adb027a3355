"""Ended by Ctrl-C, the platform ends well and soon, its broker too. (SIGTERM: test_silence.py and test_killed.py.)"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT

from benchmarks.demo_process import Demo, until
from benchmarks.simulators import audit, fleet, joined

FAST = ("--speed", "30")
"""So that the ledger's minutes pass."""


def test_after_ctrl_c_it_goes_on_with_its_data(platform: Callable[..., Demo], tmp_path: Path) -> None:
    demo = platform()
    demo.start("--start", "2026-11-24T07:00:00Z", *FAST)
    with fleet(demo.mqtt, tmp_path / "first", *_options(demo, "pump")) as first:
        until(lambda: demo.get("status")["devices"]["online"] == 5, "five devices")
        assert first.end() == 0
    address, page = demo.mqtt, demo.url
    began = time.monotonic()
    assert demo.end(SIGINT) == 0
    assert time.monotonic() - began < 15.0
    assert "goes on with its data" in demo.said.read_text()
    assert demo.broker() is None

    demo.start("--start", "2026-11-24T08:00:00Z", *FAST)
    assert (demo.mqtt, demo.url) == (address, page)
    with fleet(demo.mqtt, tmp_path / "second", *_options(demo, "meter")) as second:
        until(lambda: demo.get("status")["devices"]["total"] == 10, "five more")
        assert second.end() == 0
    checked = audit(demo, joined(tmp_path / "readings", [first.readings, second.readings]))
    assert checked.status == 0, checked.words


def _options(demo: Demo, profile: str) -> tuple[str, ...]:
    awkward = ("--awkward", "repeat,reorder,revise")
    return ("--devices", "5", "--interval", "6", "--profiles", profile, "--start", demo.url, *FAST, *awkward)

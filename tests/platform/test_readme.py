"""The lines that README.md offers for pasting do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from benchmarks.demo_process import ROOT, Demo, until

LINES = [
    re.sub(r"\s*\\\n\s*", " ", found)
    for found in re.findall(r"^ {4}((?:mosquitto_pub|curl) .*(?:\n {9,}.*)*)", (ROOT / "README.md").read_text(), re.M)
]


def test_there_are_lines_to_paste() -> None:
    assert sorted(line.split()[0] for line in LINES) == ["curl", "curl", "mosquitto_pub"]


@pytest.mark.parametrize("line", LINES)
def test_a_line_can_be_pasted(running: Demo, line: str) -> None:
    tool = line.split()[0]
    if shutil.which(tool) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{tool} is missing: apt-get install {tool.replace('_pub', '-clients')}")
    here = line.replace("http://127.0.0.1:8080", running.url).replace("-p 1883", f"-p {running.mqtt_port}")
    assert here != line
    before = _readings(running)
    ran = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert tool != "curl" or '"accepted":' in ran.stdout, ran.stdout
    until(lambda: _readings(running) > before, f"a reading of {line}")


def _readings(running: Demo) -> int:
    return len(running.get("readings", device="cellar", limit=1000)["items"])

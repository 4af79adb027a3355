"""The dashboard in a real Chromium against the real platform, with a small simulated fleet."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.conftest import ROOT, Run

ADDRESS = "the page: "


@pytest.fixture
def platform(page: Path, browser: str, tmp_path: Path) -> Iterator[str]:
    """The address of a demo of its own; what the demo says is shown where the test fails."""
    command = [sys.executable, "-u", "-m", "functions", "demo", "--devices", "20", "--port", "0", "--mqtt-port", "0"]
    with subprocess.Popen(
        [*command, "--data", str(tmp_path / "data")], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as demo:  # fmt: skip
        try:
            yield _address(demo)
        finally:
            demo.send_signal(signal.SIGINT)
            print(_rest(demo))


def _address(demo: subprocess.Popen[str]) -> str:
    for line in demo.stdout or ():
        print(line, end="")
        if ADDRESS in line:
            return line.split(ADDRESS)[1].split()[0]
    pytest.fail("the demo ended before it named the page", pytrace=False)


def _rest(demo: subprocess.Popen[str]) -> str:
    try:
        return demo.communicate(timeout=30)[0]
    except subprocess.TimeoutExpired:
        demo.kill()
        return demo.communicate()[0]


@pytest.mark.slow
def test_the_page_shows_the_real_platform(npm: Run, platform: str, browser: str) -> None:
    said = npm("e2e", "--url", platform, "--files", "chart,acting", "--browser", browser)
    assert "all passed" in said

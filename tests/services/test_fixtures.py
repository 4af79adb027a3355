"""What a test is given that asks for a server: the one the environment names, else one of its own, else a reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.process import ROOT

ASKS = """
from tests.servers import influx_url, mosquitto_url

def test_named(mosquitto_url):
    assert mosquitto_url == "mqtt://elsewhere:1883"

def test_not_built(influx_url):
    pass
"""


def _outcome(folder: Path, **environment: str) -> str:
    """The last lines of a run of pytest in which nothing is built."""
    (folder / "test_asks.py").write_text(ASKS)
    known = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("TIDINGS_")}
    command = [sys.executable, "-m", "pytest", "-q", "-rsE", "-p", "no:cacheprovider", "-c", os.devnull, str(folder)]
    environment = {"TIDINGS_MQTT": "mqtt://elsewhere:1883", "TIDINGS_CACHE": str(folder / "cache"), **environment}
    done = subprocess.run(command, cwd=ROOT, env=known | environment, capture_output=True, text=True, check=False)
    return done.stdout


def test_elsewhere_a_missing_server_is_a_skip_with_its_cure(tmp_path: Path) -> None:
    told = _outcome(tmp_path)
    assert "1 passed, 1 skipped" in told
    assert "influx is not built: make services build" in told


def test_in_ci_a_missing_server_is_a_failure(tmp_path: Path) -> None:
    told = _outcome(tmp_path, CI="true")
    assert "1 passed, 1 error" in told
    assert "influx is not built: make services build" in told


@pytest.mark.parametrize("name", ["kafka", "influx", "mongo", "s3", "mosquitto"])
def test_a_test_is_given_a_server(name: str, request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue(f"{name}_url")
    assert url.split("://")[0] in {"kafka", "influx", "mongodb", "s3", "mqtt"}
    assert url == request.getfixturevalue(f"{name}_url")

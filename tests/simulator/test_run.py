"""`run` and `check` together, from the command line, over HTTP and MQTT."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from iotcore import Broker

from simulator.__main__ import main
from tests.simulator.tiny_platform import TinyPlatform

ROOT = Path(__file__).parents[2]
Reading = tuple[str, str, int, float]
FLEET = ["--devices", "10", "--duration", "60", "--speed", "100", "--start", "2026-11-24T12:00:00Z", "--json"]


def test_what_a_fleet_sends_over_http_is_found_clean(
    tiny_platform: TinyPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, sent = tmp_path / "truth", tmp_path / "sent"
    files = ["--truth", str(truth), "--readings", str(sent)]
    awkward = ["--awkward", "repeat,reorder,revise", "--faults", "spike,drift,offline"]
    assert main(["run", "--url", tiny_platform.url, *FLEET, *awkward, *files]) == 0
    summary = orjson.loads(capsys.readouterr().out)
    assert summary["sent"] == summary["acked"] > 500
    assert {orjson.loads(line)["kind"] for line in truth.read_bytes().splitlines()} == {"spike", "drift", "offline"}
    tiny_platform.count()
    assert main(["check", "--api", tiny_platform.url, *files]) == 0


def test_a_fleet_sends_over_mqtt_and_a_recording_says_the_same(
    start_broker: Callable[[int], Broker],
    free_port: Callable[[], int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    start_broker(port)
    url, tape = f"mqtt://127.0.0.1:{port}", str(tmp_path / "tape")
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["run", "--url", url, *FLEET, "--metrics", "3", "--readings", str(one), "--record", tape]) == 0
    assert main(["run", "--url", url, *FLEET, "--readings", str(two), "--replay", tape]) == 0
    lines = [_readings(file) for file in (one, two)]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 10 * 60 * 3


def _readings(file: Path) -> list[Reading]:
    lines = (orjson.loads(line) for line in file.read_bytes().splitlines())
    return sorted((line["device"], line["metric"], line["time"], line["value"]) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "ftp://127.0.0.1"], "mqtt://"),
        (["--url", "mqtt://127.0.0.1", "--start", "yesterday"], "yesterday"),
        (["--url", "mqtt://127.0.0.1", "--replay", "absent"], "absent"),
        (["--url", "mqtt://127.0.0.1", "--truth", "no/such/folder/file"], "no/such/folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_a_fleet_ends_with_whoever_started_it(tiny_platform: TinyPlatform) -> None:
    command = [sys.executable, "-m", "simulator", "run", "--url", tiny_platform.url, "--devices", "3", "--until-eof"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as fleet:
        said, _ = fleet.communicate(timeout=25)  # closes its standard input
    assert fleet.returncode == 0
    assert said.startswith(b"simulator: ")


@pytest.mark.parametrize(
    "wrong", [("--interval", "0"), ("--interval", "nan"), ("--speed", "-1"), ("--devices", "-3"), ("--metrics", "-1")]
)
def test_a_number_that_makes_no_fleet_is_refused(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--url", "mqtt://127.0.0.1", *wrong])
    assert f"argument {wrong[0]}: '{wrong[1]}' is not a" in capsys.readouterr().err


def test_a_kind_of_fault_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--url", "mqtt://127.0.0.1", "--faults", "spike,rust"])
    assert "'rust' is not known" in capsys.readouterr().err

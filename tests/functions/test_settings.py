"""Settings that do not fit each other are refused in one line."""

from __future__ import annotations

import pytest

from functions.__main__ import main
from functions.settings import Settings


def test_a_bridge_is_one_of_the_bridges(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TIDINGS_BRIDGES", "3")
    monkeypatch.setenv("TIDINGS_BRIDGE", "2")
    assert (Settings().bridge, Settings().bridges) == (2, 3)
    monkeypatch.setenv("TIDINGS_BRIDGE", "3")
    assert main(["demo", "--devices", "0"]) == 2
    said = capsys.readouterr().err
    assert "TIDINGS_BRIDGE=3 is none of TIDINGS_BRIDGES=3" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(("name", "value"), [("TIDINGS_KEEP_RAW", "abc"), ("TIDINGS_SHARDS", "0")])
def test_a_setting_that_is_none_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["demo", "--devices", "0"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tidings: {name}: ")
    assert said.count("\n") == 1
    assert "http" not in said


@pytest.mark.parametrize("wrong", [("--interval", "0"), ("--speed", "nan"), ("--devices", "-1"), ("--port", "70000")])
def test_a_number_that_cannot_be_is_refused(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", *wrong])
    assert f"argument {wrong[0]}: '{wrong[1]}' is not a" in capsys.readouterr().err

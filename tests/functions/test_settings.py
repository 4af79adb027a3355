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

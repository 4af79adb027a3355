"""The dashboard by its own tests: types, units, budget, and the page in a real Chromium against a fake platform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.conftest import WEB, Run


def test_types_are_right_and_nothing_warns(npm: Run) -> None:
    assert "0 errors and 0 warnings" in npm("check")


def test_units(npm: Run) -> None:
    assert "passed" in npm("test")


def test_the_page_is_within_its_budget(npm: Run, page: Path) -> None:
    assert "initial" in npm("budget")


@pytest.mark.slow
@pytest.mark.parametrize("file", ["acting", "chart", "keys", "live", "look", "states"])
def test_in_a_browser(npm: Run, page: Path, browser: str, file: str) -> None:
    said = npm("e2e", "--files", file, "--browser", browser)
    assert "all passed" in said


def test_the_lock_names_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"].values()
    assert not [package for package in packages if "resolved" in package]


def test_no_part_of_the_page_takes_markup_from_a_device() -> None:
    risky = ("{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in (".ts", ".svelte")]
    assert len(sources) > 40
    assert not [(path.name, word) for path in sources for word in risky if word in path.read_text()]

"""The floors of functions/, taken from the tree so that a new function needs no line here, and who alone knows what."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, imports

ABOVE = [
    {"__main__", "main"},
    {"demo"},
    {"hosting", "render"},
    {"app"},
    {"metrics", "tracing", "mqtt_edge", "upkeep", "web"},
    {"engines", "replay"},
    {"catalogue", "crew"},
    {"failpoints"},
]
BELOW = [{"options"}, {"request"}, {"health", "problem"}, {"settings", "manifest", "fleet"}]
"""The files of functions/ over and under the folders, from the top; those in one set do not import each other."""

ALONE = {
    "cloudevents": {"events.codec"},
    "functions_framework": {"functions.main"},
    "pydantic_settings": {"functions.settings"},
}
"""Packages from outside that one file, or one folder's files, know; nobody else imports them."""


def _folders() -> set[str]:
    return {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}


def _files() -> set[str]:
    return {path.stem for path in (ROOT / "functions").glob("*.py")} - {"__init__"}


def test_every_file_of_functions_stands_on_a_floor() -> None:
    assert _files() - set[str]().union(*ABOVE, *BELOW) == set()


def test_a_function_imports_no_other_function_and_nothing_above() -> None:
    graph = imports()
    floors = [{f"functions.{name}" for name in floor} & graph.modules for floor in [*ABOVE, _folders(), *BELOW]]
    illegal = graph.find_illegal_dependencies_for_layers(tuple(floor for floor in floors if floor))
    assert sorted(f"{found.importer} imports {found.imported}" for found in illegal) == []


@pytest.mark.parametrize("package", ALONE)
def test_one_room_alone_knows_a_package(package: str) -> None:
    graph = imports()
    importers = graph.find_modules_that_directly_import(package) if package in graph.modules else set()
    assert importers - ALONE[package] == set()


def test_the_contracts_of_import_linter_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.fail(run.stdout + run.stderr)

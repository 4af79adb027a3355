"""A function on the log reads no clock, draws no lot, asks no environment: time and chance reach it in events alone."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, sources

FORBIDDEN_MODULES = {"os", "random", "secrets", "threading", "time"}
FORBIDDEN_CALLS = {"now", "today", "utcnow", "uuid1", "uuid4", "default_rng"}
THE_LOGS_OWN = ": clock.now"


def _on_the_log() -> list[str]:
    """The folders whose function runs in a pod that reads the log."""
    manifest = tomllib.loads((ROOT / "functions" / "manifest.toml").read_text())
    pods = [pod for pod in manifest["pods"].values() if pod["by"] == "log"]
    return sorted({function for pod in pods for function in pod["run"]})


def _impure(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
            yield ast.unparse(node.func)


def _found(function: str) -> list[str]:
    folder = ROOT / "functions" / function
    files = [source for source in sources() if folder in source.path.parents]
    return [f"{source.name}: {name}" for source in files for name in _impure(source.tree)]


def test_a_function_on_the_log_is_pure() -> None:
    found = [line for function in _on_the_log() for line in _found(function)]
    assert [line for line in found if not line.endswith(THE_LOGS_OWN)] == []


@pytest.mark.parametrize(
    "text", ["import time", "from time import sleep", "import os.path", "datetime.now(UTC)", "uuid.uuid4()"]
)
def test_what_is_impure_is_seen(text: str) -> None:
    assert list(_impure(ast.parse(text)))

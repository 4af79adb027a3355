"""The source tree as the tests of this folder look at it: files, functions, modules and who imports whom."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("events", "stores", "functions", "simulator", "benchmarks", "services", "pods")


@dataclass(frozen=True)
class Source:
    """One Python file of the platform, read and parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""


@dataclass(frozen=True)
class Function:
    """One function, nested ones and methods among them."""

    source: Source
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def name(self) -> str:
        return f"{self.source.name}:{self.node.lineno} {self.node.name}"

    @property
    def lines(self) -> int:
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def parameters(self) -> int:
        given = self.node.args
        every = given.posonlyargs + given.args + given.kwonlyargs
        return sum(argument.arg not in ("self", "cls") for argument in every)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the platform; the tests are not among them."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(Source(path, text := path.read_text(), ast.parse(text, str(path))) for path in paths)


def functions() -> Iterator[Function]:
    """Every function of every source."""
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(source, node)


@cache
def imports() -> grimp.ImportGraph:
    """Who imports whom, packages from outside as one node each."""
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def tracked() -> list[Path]:
    """Every file that git knows or would take."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a checkout of git")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]

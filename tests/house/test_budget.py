"""The budget: small files, small functions, few parameters, no circle. Run with -s, it prints the tables.

A file that needs more says why in its docstring, after the words "Over budget:".
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable
from statistics import median

import pytest

from tests.house.tree import PACKAGES, Function, Source, functions, imports, sources

REASON = "Over budget:"
GRAB_BAGS = {"base", "common", "const", "constants", "helper", "helpers", "misc", "util", "utils"}


def _table(title: str, rows: Iterable[tuple[int, str]], show: int = 8) -> str:
    largest = sorted(rows, reverse=True)[:show]
    return "\n".join([title, *(f"  {size:5} {name}" for size, name in largest)])


def _without_reason(source: Source) -> bool:
    return REASON not in source.docstring


def test_files_are_small() -> None:
    files = sources()
    print(_table(f"\n{len(files)} files, {sum(f.lines for f in files)} lines", ((f.lines, f.name) for f in files)))
    assert median(f.lines for f in files) <= 90
    assert [f.name for f in files if f.lines > 200 and _without_reason(f)] == []


def test_functions_are_short() -> None:
    every = list(functions())
    print(_table(f"\n{len(every)} functions", ((f.lines, f.name) for f in every)))
    assert median(f.lines for f in every) <= 8
    assert [f.name for f in every if f.lines > 40 and _without_reason(f.source)] == []


def test_functions_take_few_parameters() -> None:
    every = list(functions())
    print(_table("\nparameters", ((f.parameters, f.name) for f in every)))
    assert [f.name for f in every if f.parameters > 7 and _without_reason(f.source)] == []


def test_no_room_is_a_grab_bag() -> None:
    rooms = {part for source in sources() for part in source.path.with_suffix("").parts}
    assert rooms & GRAB_BAGS == set()


def test_imports_make_no_circle() -> None:
    graph = imports()
    ours = {module for module in graph.modules if module.split(".")[0] in PACKAGES}
    arrows = {module: graph.find_modules_directly_imported_by(module) & ours for module in ours}
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_measures_see_what_is_there() -> None:
    """The budget is only worth something if a function too long or too wide is seen."""
    import ast

    text = "class A:\n    def wide(self, a, b, /, c, *, d):\n        x = 1\n        return x\n"
    tree = ast.parse(text)
    node = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    function = Function(Source(sources()[0].path, text, tree), node)
    assert (function.lines, function.parameters, function.source.lines) == (3, 4, 4)

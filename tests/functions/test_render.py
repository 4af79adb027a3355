"""What is rendered is committed, and the schemas say what the code accepts."""

from __future__ import annotations

from pathlib import Path

from functions.render import ROOT, render, schemas


def test_nothing_has_drifted() -> None:
    there = {path.name: path.read_text() for path in (ROOT / "schemas").glob("*.json")}
    assert set(there) == set(schemas()), "run `make render` and commit schemas/"


def test_render_writes_only_what_differs(tmp_path: Path) -> None:
    assert len(render(tmp_path)) == len(schemas())
    (tmp_path / "stale.json").write_text("{}")
    assert [path.name for path in render(tmp_path)] == ["stale.json"] and not (tmp_path / "stale.json").exists()
    committed = {path.name: path.read_text() for path in (ROOT / "schemas").glob("*.json")}
    assert {path.name: path.read_text() for path in tmp_path.glob("*.json")} == committed, "run `make render`"

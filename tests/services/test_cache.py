"""A build is there whole or not at all, and once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from services.cache import Build, step
from services.problem import CannotServe
from services.process import eventually, started


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setenv("TIDINGS_CACHE", str(tmp_path / "cache"))
    recipe = tmp_path / "recipe"
    recipe.write_text("one")
    return Build("thing", (recipe,), {"sh": "the system"})


def _steps(folder: Path) -> None:
    (folder / "program").write_text("whole")


def test_a_second_run_does_nothing(build: Build) -> None:
    assert build.missing() == "thing is not built: make services build"
    build.make(_steps)
    assert build.missing() is None
    build.make(lambda folder: pytest.fail("it is built again"))
    assert (build.place / "program").read_text() == "whole"


def test_a_build_that_fails_leaves_nothing(build: Build) -> None:
    def fails(folder: Path) -> None:
        _steps(folder)
        step("thing", ["sh", "-c", "echo the reason; exit 3"], folder)

    with pytest.raises(CannotServe, match="thing: sh failed with 3"):
        build.make(fails)
    assert not build.is_there
    assert {path.name for path in build.place.parent.iterdir()} == {"thing.lock"}


def test_what_the_program_said_is_told(build: Build, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(CannotServe):
        step("thing", ["sh", "-c", "echo the reason; exit 3"], tmp_path)
    assert "the reason" in capfd.readouterr().err


def test_what_a_step_started_ends_with_it(tmp_path: Path) -> None:
    with pytest.raises(CannotServe):
        step("thing", ["sh", "-c", "sleep 60 & echo $! > pid; exit 3"], tmp_path)
    assert eventually(lambda: not started(int((tmp_path / "pid").read_text())), 5.0)


def test_two_at_once_make_one(build: Build) -> None:
    made: list[Path] = []

    def steps(folder: Path) -> None:
        _steps(folder)
        made.append(folder)

    threads = [threading.Thread(target=build.make, args=(steps,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_another_recipe_is_another_build(build: Build) -> None:
    build.make(_steps)
    build.recipe[0].write_text("two")
    assert not build.is_there


def test_a_program_that_is_missing_is_named_with_its_cure(build: Build) -> None:
    lacks = Build("thing", build.recipe, {"no-such-program": "apt-get install it"})
    with pytest.raises(CannotServe, match=r"built with no-such-program, which is missing: apt-get install it"):
        lacks.make(_steps)

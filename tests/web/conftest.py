"""The tools of the page, or the reason why not: Node.js, its packages, the built page, a Chromium. For test_page.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LONGEST = 240
"""Seconds, on a machine that is busy with other tests."""

Run = Callable[..., str]


def _missing(what: str) -> None:
    """Skips, or fails where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} (needed, since CI=true)")
    pytest.skip(what)


@pytest.fixture(scope="session")
def npm() -> Run:
    """Runs an npm script of web/ with arguments; gives what it said. Fails with that if the script fails."""
    path = f"{ROOT / '.venv/node/bin'}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which("npm", path=path)
    if found is None or shutil.which("node", path=path) is None:
        _missing("no Node.js here: `make setup` brings one")
    if not (WEB / "node_modules").is_dir():
        _missing("web/node_modules is missing: `make setup` installs it")

    def run(script: str, *arguments: str) -> str:
        command = [str(found), "run", "--silent", script, "--", *arguments]
        done = subprocess.run(
            command, cwd=WEB, env={**os.environ, "PATH": path, "NO_COLOR": "1"}, timeout=LONGEST,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        if done.returncode:
            pytest.fail(f"npm run {script} {' '.join(arguments)}:\n{said}", pytrace=False)
        return said

    return run


@pytest.fixture(scope="session")
def page(npm: Run) -> Path:
    """The built page."""
    built = WEB / "dist"
    if not (built / "index.html").is_file():
        npm("build")
    return built


@pytest.fixture(scope="session")
def browser() -> str:
    """A Chromium that the end-to-end tests will find too."""
    named = os.environ.get("CHROMIUM")
    found = named if named and Path(named).exists() else next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        _missing("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    return str(found)

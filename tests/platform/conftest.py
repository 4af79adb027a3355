"""Platforms as processes of their own, of which nothing is left when a test is over, however it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.demo_process import Demo


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Gives platforms that are not started yet, over a folder of the test's own; with an environment, if wished."""
    with ExitStack() as stack:

        def made(name: str = "data", **environment: str) -> Demo:
            return stack.enter_context(Demo(tmp_path / name, environment))

        yield made


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One platform for all tests that leave it as it is; each uses devices of its own."""
    with Demo(tmp_path_factory.mktemp("running") / "data") as demo:
        demo.start()
        yield demo

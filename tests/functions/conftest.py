"""What the tests of functions may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functions.web import Web, opened


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """The web APIs over empty stores."""
    yield from opened(tmp_path)

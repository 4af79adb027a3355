"""The implementations that the contracts are run over: another one is another entry of a list here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from stores.documents_sqlite import SqliteDocuments
from stores.objects import FolderObjects
from stores.ports import Documents, Objects, Series
from stores.series_duckdb import DuckdbSeries

DOCUMENTS: dict[str, Callable[[Path], Documents]] = {"sqlite": lambda folder: SqliteDocuments(folder / "documents.db")}
OBJECTS: dict[str, Callable[[Path], Objects]] = {"folder": lambda folder: FolderObjects(folder / "objects")}
SERIES: dict[str, Callable[[Path], Series]] = {"duckdb": lambda folder: DuckdbSeries(folder / "series.duckdb")}


@pytest.fixture(params=DOCUMENTS)
def open_documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Documents]]:
    """Opens the same documents, again and again; closes them at the end."""
    opened: list[Documents] = []

    def open_again() -> Documents:
        opened.append(DOCUMENTS[request.param](tmp_path))
        return opened[-1]

    yield open_again
    for documents in opened:
        documents.close()


@pytest.fixture
def documents(open_documents: Callable[[], Documents]) -> Documents:
    """Empty documents."""
    return open_documents()


@pytest.fixture(params=OBJECTS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """No objects yet."""
    return OBJECTS[request.param](tmp_path)


@pytest.fixture(params=SERIES)
def open_series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Series]]:
    """Opens the same series again after a close."""
    opened: list[Series] = []

    def open_again() -> Series:
        opened.append(SERIES[request.param](tmp_path))
        return opened[-1]

    yield open_again
    for series in opened:
        series.close()


@pytest.fixture
def series(open_series: Callable[[], Series]) -> Series:
    """No history yet."""
    return open_series()


@pytest.fixture(params=SERIES)
def fresh_series(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Callable[[], Series]]:
    """Gives another way to open, each to history of its own: for examples within one test, which close what they
    open."""
    number = count()

    def fresh() -> Callable[[], Series]:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return partial(SERIES[request.param], folder)

    return fresh

"""The implementations that the contracts are run over: another one is another entry of a list here. Those on a server
have one for all tests, and in it a place of their own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from stores.documents_sqlite import SqliteDocuments
from stores.objects import FolderObjects
from stores.ports import Documents, Objects, Series
from stores.series_duckdb import DuckdbSeries
from tests.stores import places

DOCUMENTS: dict[str, Callable[[pytest.FixtureRequest, Path], Documents]] = {
    "sqlite": lambda _, folder: SqliteDocuments(folder / "documents.db"),
    "mongo": lambda request, folder: places.mongo(request.getfixturevalue("mongo_url"), _place(folder)),
}
OBJECTS: dict[str, Callable[[pytest.FixtureRequest, Path], Objects]] = {
    "folder": lambda _, folder: FolderObjects(folder / "objects"),
    "s3": lambda request, folder: places.s3(request.getfixturevalue("s3_url"), _place(folder)),
}
SERIES: dict[str, Callable[[pytest.FixtureRequest, Path], Series]] = {
    "duckdb": lambda _, folder: DuckdbSeries(folder / "series.duckdb"),
    "influx": lambda request, folder: places.influx(request.getfixturevalue("influx_url"), _place(folder)),
}


def _place(folder: Path) -> str:
    """The name of a folder's place on a server, the same each time."""
    note = folder / "place"
    if not note.exists():
        note.write_text(f"test_{uuid4().hex[:12]}")
    return note.read_text()


@pytest.fixture(params=DOCUMENTS)
def open_documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Documents]]:
    """Opens the same documents, again and again; closes them at the end."""
    with ExitStack() as opened:

        def open_again() -> Documents:
            documents = DOCUMENTS[request.param](request, tmp_path)
            opened.callback(documents.close)
            return documents

        yield open_again


@pytest.fixture
def documents(open_documents: Callable[[], Documents]) -> Documents:
    """Empty documents."""
    return open_documents()


@pytest.fixture(params=OBJECTS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """No objects yet."""
    return OBJECTS[request.param](request, tmp_path)


@pytest.fixture(params=SERIES)
def open_series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Series]]:
    """Opens the same series again after a close."""
    with ExitStack() as opened:

        def open_again() -> Series:
            series = SERIES[request.param](request, tmp_path)
            opened.callback(series.close)
            return series

        yield open_again


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
        return lambda: SERIES[request.param](request, folder)

    return fresh

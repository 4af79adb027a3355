"""The implementations that the contracts are run over: another one is another entry of a list here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stores.documents_sqlite import SqliteDocuments
from stores.objects import FolderObjects
from stores.ports import Documents, Objects

DOCUMENTS: dict[str, Callable[[Path], Documents]] = {"sqlite": lambda folder: SqliteDocuments(folder / "documents.db")}
OBJECTS: dict[str, Callable[[Path], Objects]] = {"folder": lambda folder: FolderObjects(folder / "objects")}


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

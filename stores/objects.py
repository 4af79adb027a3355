"""Objects in a folder of a laptop. Opened by stores/open.py; used by states.py, the archive and the web API. In
production they are in a bucket: objects_s3.py.

An object is written beside its place, made durable, renamed: it is there whole or not at all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from events.blob import Part
from events.handler import Retry

PARTIAL = ".partial"
"""The folder in which objects are written before they have their name."""

LAYOUT_NOTE = ".layout"
"""The object of a bucket that tells its layout."""

RESERVED = (PARTIAL, LAYOUT_NOTE)
"""Names that no caller can give."""

ABANDONED = 3600.0
"""A partial object that nobody has touched for so many seconds belongs to a process that is gone."""


def checked(name: str) -> str:
    """The name of an object. ValueError for one that leads elsewhere."""
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts or parts[0] in RESERVED or "\0" in name or "\\" in name:
        raise ValueError(f"{name!r} cannot name an object: parts between single slashes, none of them . or ..")
    return name


class FolderObjects:
    """Objects as files of a folder; durable on return. Retry where the disk is full."""

    def __init__(self, folder: Path) -> None:
        self._root = folder.absolute()
        self._partial = self._root / PARTIAL
        self._partial.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def put(self, name: str, body: Part) -> None:
        """Writes an object whole, in the place of the one that had its name."""
        place = self._root / checked(name)
        with _retried(f"object {name} could not be written"):
            self._write(place, body)

    def get(self, name: str) -> bytes | None:
        """The object, or None where there is none of that name."""
        place = self._root / checked(name)
        with _retried(f"object {name} could not be read"):
            try:
                return place.read_bytes()
            except FileNotFoundError:
                return None

    def names(self, prefix: str) -> Sequence[str]:
        """Every name that begins with `prefix`, sorted."""
        folder, slash, _ = prefix.rpartition("/")
        below = self._root / checked(folder) if slash else self._root
        with _retried(f"objects below {prefix!r} could not be listed"):
            found = [path.relative_to(self._root).as_posix() for path in below.rglob("*") if path.is_file()]
        return sorted(name for name in found if name.startswith(prefix) and not name.startswith(PARTIAL))

    def delete(self, name: str) -> None:
        """Removes an object; there may be none."""
        place = self._root / checked(name)
        with _retried(f"object {name} could not be removed"):
            place.unlink(missing_ok=True)

    def _write(self, place: Path, body: Part) -> None:
        partial = self._partial / uuid4().hex
        try:
            with partial.open("xb") as stream:
                stream.write(body)
                stream.flush()
                os.fsync(stream.fileno())
            _make_folder(place.parent)
            partial.replace(place)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)

    def _sweep(self) -> None:
        for partial in self._partial.iterdir():
            if time.time() - partial.stat().st_mtime > ABANDONED:
                partial.unlink(missing_ok=True)


@contextmanager
def _retried(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Retry(f"{what}: {error}") from error


def _make_folder(folder: Path) -> None:
    """Makes a folder that outlives a power cut: the entry in its parent is synced too."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Objects on any file system that Arrow knows: a folder on a laptop, a bucket in production. Opened by
stores/open.py; used by states.py, the archive and the web API.

A bucket's own put is whole or not at all. In a folder an object is written beside its place, made durable, renamed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from pyarrow import fs

from events.handler import Retry

PARTIAL = ".partial"
"""The folder in which objects are written before they have their name."""

ABANDONED = 3600.0
"""A partial object that nobody has touched for so many seconds belongs to a process that is gone."""


class ArrowObjects:
    """Blobs below `root` of a file system. Retry where it is away or full."""

    def __init__(self, files: fs.FileSystem, root: str) -> None:
        self._files, self._root = files, root.rstrip("/")

    def put(self, name: str, body: bytes) -> None:
        """Writes an object whole, in the place of the one that had its name."""
        path = self._path(name)
        try:
            self._write(path, body)
        except OSError as error:
            raise Retry(f"object {name} could not be written: {error}") from error

    def get(self, name: str) -> bytes | None:
        """The object, or None where there is none of that name."""
        path = self._path(name)
        try:
            with self._files.open_input_stream(path) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Retry(f"object {name} could not be read: {error}") from error

    def names(self, prefix: str) -> Sequence[str]:
        """Every name that begins with `prefix`, sorted."""
        folder, slash, _ = prefix.rpartition("/")
        below = fs.FileSelector(self._path(folder) if slash else self._root, allow_not_found=True, recursive=True)
        try:
            found = self._files.get_file_info(below)
        except OSError as error:
            raise Retry(f"objects below {prefix!r} could not be listed: {error}") from error
        names = (info.path[len(self._root) + 1 :] for info in found if info.type == fs.FileType.File)
        return sorted(name for name in names if name.startswith(prefix) and not name.startswith(PARTIAL))

    def delete(self, name: str) -> None:
        """Removes an object; there may be none."""
        path = self._path(name)
        try:
            self._files.delete_file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Retry(f"object {name} could not be removed: {error}") from error

    def _path(self, name: str) -> str:
        parts = name.split("/")
        if "" in parts or "." in parts or ".." in parts or parts[0] == PARTIAL or "\0" in name or "\\" in name:
            raise ValueError(f"{name!r} cannot name an object: parts between single slashes, none of them . or ..")
        return f"{self._root}/{name}"

    def _write(self, path: str, body: bytes) -> None:
        with self._files.open_output_stream(path) as stream:
            stream.write(body)


class FolderObjects(ArrowObjects):
    """Objects as files of a folder; durable on return."""

    def __init__(self, folder: Path) -> None:
        super().__init__(fs.LocalFileSystem(), folder.absolute().as_posix())
        self._partial = folder.absolute() / PARTIAL
        self._partial.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def _write(self, path: str, body: bytes) -> None:
        partial, place = self._partial / uuid4().hex, Path(path)
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

"""The data folder: one process at a time, one layout. Taken by the commands that run the platform on a laptop, before
anything in the folder is opened.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

LAYOUT = 1
"""Of all that lies in the folder; grows when a version can no longer read what an older one wrote."""


class Unusable(Exception):
    """A folder or a store cannot be used: one line with the reason and the cure."""


class Folder:
    """Holds the folder until it is released or the process ends, however it ends. Unusable if another process holds
    it, if it has another layout, or if it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _locked(path)
        try:
            _check_layout(path)
        except Unusable:
            self.release()
            raise

    def release(self) -> None:
        """Lets the next process in."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _locked(path: Path) -> int:
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise Unusable(
            f"{path} cannot be written ({error.strerror}): make it writable, or name another folder"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode() or "unknown"
        os.close(lock)
        raise Unusable(f"{path} is in use by process {holder}: stop that one, or name another folder") from None
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _check_layout(path: Path) -> None:
    """A folder without a layout is new."""
    note = path / "layout"
    try:
        found = note.read_text().strip()
    except FileNotFoundError:
        note.write_text(f"{LAYOUT}\n")
        return
    if found != str(LAYOUT):
        raise Unusable(
            f"{path} has layout {found}, this version reads layout {LAYOUT}: run the version that wrote it, or name "
            "another folder"
        )

"""A small disk of its own for a server's data, so that it can be full: a tmpfs, which only root may mount. Used by
chaos_place.py."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

SIZE = 256 << 20
"""Bytes: more than a run of twenty minutes leaves there."""

CHUNK = 1 << 20


class Disk:
    """The folder is a disk while this is entered; without root it is a folder like any other."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._filler = folder, folder / ".filler"

    @staticmethod
    def may() -> bool:
        """Whether there can be one."""
        return os.geteuid() == 0

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is free meanwhile."""
        assert self.may(), "only root may mount a disk that can be full"
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(CHUNK))
        try:
            yield
        finally:
            self._filler.unlink()

    def __enter__(self) -> Disk:
        self._folder.mkdir(parents=True)
        if self.may():
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tidings-chaos", str(self._folder)], check=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.may():
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)

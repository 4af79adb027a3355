"""What is built once for all clones on the machine, in ~/.cache/tidings/services. Used by the servers of this folder.

A build happens in a folder beside its place and is moved there whole, under a lock: it is there or it is not, and two
at once make one. The place's name carries a digest of the recipe, so another recipe is another build.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from services.problem import CannotServe

CURE = "make services build"
RECIPES = Path(__file__).parent / "recipes"
TELLS_EVERY = 15.0
"""Seconds between two signs of life of a build."""


def cache() -> Path:
    """The folder of all builds; TIDINGS_CACHE moves it."""
    return Path(os.environ.get("TIDINGS_CACHE") or Path.home() / ".cache" / "tidings") / "services"


@dataclass(frozen=True)
class Build:
    """What a server needs built: its name, the files of its recipe, and the programs that build it with their cures."""

    name: str
    recipe: tuple[Path, ...]
    tools: Mapping[str, str]
    """Program to where it comes from."""

    @property
    def place(self) -> Path:
        """Where the build is, or will be."""
        digest = sha256(b"\0".join(file.read_bytes() for file in self.recipe)).hexdigest()[:12]
        return cache() / f"{self.name}-{digest}"

    @property
    def is_there(self) -> bool:
        return self.place.is_dir()

    def missing(self) -> str | None:
        """One line, or None: it is built."""
        return None if self.is_there else f"{self.name} is not built: {CURE}"

    def make(self, steps: Callable[[Path], None]) -> None:
        """Runs the steps in an empty folder and keeps it as the place. What is there is left as it is."""
        cache().mkdir(parents=True, exist_ok=True)
        with held(cache() / f"{self.name}.lock"):
            if self.is_there:
                return
            self._check_tools()
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix=f".{self.name}-", dir=cache()) as folder:
                steps(Path(folder))
                Path(folder).rename(self.place)
                Path(folder).mkdir()
            tell(f"{self.name}: built in {time.monotonic() - began:.0f} s")

    def _check_tools(self) -> None:
        for program, package in self.tools.items():
            if find(program) is None:
                raise CannotServe(f"{self.name} is built with {program}, which is missing: {package}")


@contextmanager
def held(file: Path) -> Iterator[None]:
    """One process at a time, the others wait; the end of a process lets go too."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find(program: str) -> str | None:
    """Its path. Debian keeps brokers in /usr/sbin, which is not on everyone's PATH."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def tell(line: str) -> None:
    """To the person who waits; the standard output is for settings."""
    print(f"services: {line}", file=sys.stderr, flush=True)


def step(what: str, command: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None) -> None:
    """Runs a command of a build, tells that it does and that it still does. CannotServe with its last lines."""
    tell(what)
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        try:
            while not _ended(child):
                tell(f"{what}: {time.monotonic() - began:.0f} s")
        finally:
            with suppress(ProcessLookupError):  # compilers that it started, too
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if child.returncode:
            said.seek(0)
            print(said.read().decode(errors="replace")[-4000:], file=sys.stderr)
            raise CannotServe(f"{what}: {command[0]} failed with {child.returncode}; what it said stands above")


def _ended(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(TELLS_EVERY)
    except subprocess.TimeoutExpired:
        return False
    return True

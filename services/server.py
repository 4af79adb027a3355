"""What the five servers have in common: start, ask whether ready, kill, pause, stop. A module each fills it in."""

from __future__ import annotations

import json
import secrets
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Self, TypedDict

from services import ports
from services.problem import CannotServe
from services.process import Process, ends_with_us, eventually


class Kept(TypedDict):
    """The file server.json."""

    ports: list[int]
    secret: str


class Server(ABC):
    """A server with its data in a folder. The object only points at it: another one with the same folder finds the same
    process. The folder holds `server.json` (ports and secret), `pid`, `log`, and the server's own."""

    name: ClassVar[str]
    setting: ClassVar[str]
    """The TIDINGS_… variable that `url` is for."""
    listeners: ClassVar[int] = 1
    ready_within: ClassVar[float] = 60.0
    """Seconds, on a machine that does other things too."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        """extra: lines added to its configuration file, where it has one."""
        self.folder, self.extra = folder.absolute(), extra
        self._process = Process(self.folder)

    @classmethod
    @contextmanager
    def running(cls, folder: Path, extra: str = "") -> Iterator[Self]:
        """Started and ready; stopped afterwards, even where this process is killed. CannotServe otherwise."""
        server = cls(folder, extra)
        with ends_with_us(server.folder):
            try:
                server.start()
                yield server
            finally:
                server.stop()

    @property
    @abstractmethod
    def url(self) -> str:
        """As the setting takes it."""

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.ports[0]

    @property
    def ports(self) -> list[int]:
        """Chosen at the first start, kept for all later ones."""
        return self._kept["ports"]

    @property
    def secret(self) -> str:
        """Token or password, made at the first start; letters and digits."""
        return self._kept["secret"]

    @property
    def data(self) -> Path:
        """What the server itself writes."""
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """None: it does not run."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there, a paused one among them."""
        return self.pid is not None

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        with suppress(OSError):
            return self.alive and self._answers()
        return False

    def start(self) -> None:
        """Starts it and waits until it answers; what runs already is left as it is. CannotServe: why not."""
        if (why := self.missing()) is not None:
            raise CannotServe(why)
        if self.alive:
            self._wait()
            return
        self._begin()
        try:
            self._wait()
            self._welcome()
        except BaseException:
            self.kill()
            raise

    def _begin(self) -> None:
        self._choose()
        self.data.mkdir(parents=True, exist_ok=True)
        self._configure()
        self._process.start(self._command(), self._environment())

    def _wait(self) -> None:
        if eventually(lambda: self.ready or not self.alive, self.ready_within) and self.ready:
            return
        why = f"{self.name} does not answer on port {self.port}" if self.alive else f"{self.name} ended at once"
        raise CannotServe(f"{why}: {self._process.last_words()} (all of it: {self.folder / 'log'})")

    def kill(self) -> None:
        """As kill -9 does; returns when it is gone."""
        self._process.kill()

    def pause(self) -> None:
        """Stops it where it stands: its connections stay, nothing answers."""
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send(signal.SIGCONT)

    def stop(self) -> None:
        """Lets it end by itself, and returns when it has."""
        self._process.end()

    @classmethod
    def missing(cls) -> str | None:
        """Why it cannot start here, and the cure, in one line; None: it can."""
        if sys.platform != "linux":
            return f"{cls.name} is started on Linux only: compose.yaml has it for Docker"
        return cls._lacks()

    @classmethod
    @abstractmethod
    def _lacks(cls) -> str | None:
        """What its build or its program lacks, and the cure."""

    @classmethod
    @abstractmethod
    def build(cls) -> None:
        """Fetches and compiles it, once for all clones on the machine; at once where that is done."""

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Asks it. False or OSError: not yet."""

    def _environment(self) -> Mapping[str, str]:
        return {}

    def _configure(self) -> None:  # noqa: B027  # most have nothing to write
        """Writes its configuration, before each start."""

    def _welcome(self) -> None:  # noqa: B027  # most need nothing
        """What an empty one is told once it answers; called after each start."""

    @property
    def _kept(self) -> Kept:
        try:
            kept: Kept = json.loads((self.folder / "server.json").read_text())
        except FileNotFoundError:
            raise CannotServe(f"{self.name} was never started in {self.folder}: start() first") from None
        return kept

    def _choose(self) -> None:
        file = self.folder / "server.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps({"ports": ports.free(self.listeners), "secret": secrets.token_hex(16)}))
        if taken := [port for port in self.ports if not ports.is_free(port)]:
            raise CannotServe(
                f"{self.name}: port {taken[0]} of 127.0.0.1 is taken by another process: end that one, "
                f"or choose another port in {file}"
            )

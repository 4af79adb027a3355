"""A server of MongoDB's wire protocol: nx-27017, in Python, over SQLite. TIDINGS_DOCUMENTS.

It is not MongoDB, which no package registry has: TIDINGS_DOCUMENTS lets the tests use a real one. Known to differ: no
update with a pipeline, and replace_one(upsert=True) makes up an _id.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from services.cache import Build, step
from services.ports import HOST, ask
from services.server import Server

LOCK = Path(__file__).parents[1] / "requirements" / "services.lock"
BUILD = Build(f"mongo-python{sys.version_info.major}.{sys.version_info.minor}", (LOCK,), {})


def _hello() -> bytes:
    """OP_MSG with {hello: 1, $db: "admin"}: MongoDB's wire protocol, and bsonspec.org."""
    elements = b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    document = struct.pack("<i", len(elements) + 5) + elements + b"\0"
    body = struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", 16 + len(body), 1, 0, OP_MSG) + body


MAIN = "from nx_27017.nx_27017 import main; main()"
OP_MSG = 2013
HELLO = _hello()
HEADER = struct.Struct("<iiii")
"""Length, id, the id that it answers, kind."""


class Mongo(Server):
    """A file for each database. As MongoDB does, it tells of a write before that is on disk, unless asked to wait."""

    name = "mongo"
    setting = "TIDINGS_DOCUMENTS"

    @property
    def url(self) -> str:
        return f"mongodb://{HOST}:{self.port}"

    @classmethod
    def _lacks(cls) -> str | None:
        return BUILD.missing()

    @classmethod
    def build(cls) -> None:
        BUILD.make(_install)

    def _command(self) -> Sequence[str]:
        # Its own script does not find its interpreter: the virtual environment was moved when it was whole.
        return [
            str(BUILD.place / "bin" / "python"), "-I", "-c", MAIN, "--host", HOST, "--port", str(self.port),
            "--data-dir", str(self.data), "--log-file", str(self.folder / "nx.log"),
            "--pid-file", str(self.folder / "nx.pid"),
        ]  # fmt: skip

    def _answers(self) -> bool:
        answer = ask(self.port, HELLO, HEADER.size)
        return len(answer) == HEADER.size and HEADER.unpack(answer)[3] == OP_MSG


def _install(folder: Path) -> None:
    step("mongo: a virtual environment", [sys.executable, "-m", "venv", str(folder)], folder)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step("mongo: nx-27017 from PyPI", [*pip, "--require-hashes", "-r", str(LOCK)], folder)


running = Mongo.running

"""An S3 server over a folder: versitygw, in Go. TIDINGS_OBJECTS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.cache import RECIPES, Build, step
from services.golang import INSTALL_GO, environment, go
from services.ports import HOST, request
from services.server import Server

VERSION = RECIPES / "s3" / "version"
MODULE = "github.com/versity/versitygw/cmd/versitygw"
BUILD = Build("s3", (VERSION,), INSTALL_GO)

KEY = "tidings"
BUCKET = "tidings"
REGION = "us-east-1"


class S3(Server):
    """One bucket, `tidings`, in the region that is every client's default."""

    name = "s3"
    setting = "TIDINGS_OBJECTS"

    @property
    def url(self) -> str:
        return f"s3://{KEY}:{self.secret}@{HOST}:{self.port}/{BUCKET}"

    @classmethod
    def _lacks(cls) -> str | None:
        return BUILD.missing()

    @classmethod
    def build(cls) -> None:
        BUILD.make(_compile)

    def _command(self) -> Sequence[str]:
        # Without --keep-alive: with it, it mistakes what is left of one request for the next, one upload in three.
        attributes = self.folder / "attributes"  # not every file system keeps them itself
        return [
            str(BUILD.place / "versitygw"), "--port", f"{HOST}:{self.port}", "--region", REGION, "--quiet",
            "posix", "--sidecar", str(attributes), str(self.data),
        ]  # fmt: skip

    def _environment(self) -> Mapping[str, str]:
        return {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": self.secret}

    def _configure(self) -> None:
        (self.folder / "attributes").mkdir(exist_ok=True)
        (self.data / BUCKET).mkdir(exist_ok=True)

    def _answers(self) -> bool:
        """A question without a signature is refused, by a server that is ready."""
        return request(self.port, "/")[0] == 403


def _compile(folder: Path) -> None:
    target = f"{MODULE}@{VERSION.read_text().strip()}"
    said = {**environment(), "GOBIN": str(folder)}
    step("s3: versitygw from Go modules (about 2 min)", [go(), "install", target], folder, said)


running = S3.running

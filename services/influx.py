"""InfluxDB 2.7, compiled from Go and Rust (its query engine, libflux). TIDINGS_SERIES."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from services.cache import RECIPES, Build, step
from services.golang import INSTALL_GO, environment, go
from services.ports import HOST, request
from services.problem import CannotServe
from services.server import Server

RECIPE = RECIPES / "influx"
SERVER = "github.com/influxdata/influxdb/v2/cmd/influxd"
VERSION = "v2.7.12"
"""As in go.mod, which fixes it; told to the linker, so that the server tells it too."""
PKG_CONFIG = "github.com/influxdata/pkg-config@v0.2.14"
BUILD = Build(
    "influx",
    (RECIPE / "go.mod", RECIPE / "go.sum", RECIPE / "tools.go"),
    {
        **INSTALL_GO,
        "cargo": "rustup, or apt-get install cargo-web (Debian's cargo is too old)",
        "clang": "apt-get install clang",
        "protoc": "apt-get install protobuf-compiler",
        "pkg-config": "apt-get install pkg-config",
    },
)

ORG = "tidings"
FIRST_BUCKET = "first"
"""InfluxDB cannot be set up without a bucket. Nobody writes to this one."""

LENIENT = '#!/bin/sh\nexec "$@" --cap-lints warn\n'
"""libflux denies the warnings of its own, older compiler; a newer one has more. Cargo runs this in place of rustc."""


class Influx(Server):
    """One organisation, `tidings`, and a token that may do all in it. Who needs a bucket creates it."""

    name = "influx"
    setting = "TIDINGS_SERIES"

    @property
    def url(self) -> str:
        return f"influx://{self.secret}@{HOST}:{self.port}/{ORG}"

    @classmethod
    def _lacks(cls) -> str | None:
        return BUILD.missing()

    @classmethod
    def build(cls) -> None:
        BUILD.make(_compile)

    def _command(self) -> Sequence[str]:
        return [
            str(BUILD.place / "influxd"), "--bolt-path", str(self.data / "influxd.bolt"),
            "--sqlite-path", str(self.data / "influxd.sqlite"), "--engine-path", str(self.data / "engine"),
            "--http-bind-address", f"{HOST}:{self.port}", "--reporting-disabled", "--log-level", "error",
        ]  # fmt: skip

    def _answers(self) -> bool:
        return request(self.port, "/health")[0] == 200

    def _welcome(self) -> None:
        if not json.loads(request(self.port, "/api/v2/setup")[1])["allowed"]:
            return
        wish = {
            "username": "tidings",
            "password": self.secret,
            "org": ORG,
            "bucket": FIRST_BUCKET,
            "token": self.secret,
        }
        status, said = request(self.port, "/api/v2/setup", wish)
        if status != 201:
            raise CannotServe(f"influx refuses to be set up: {status} {said.decode(errors='replace')}")


def _compile(folder: Path) -> None:
    for file in BUILD.recipe:
        shutil.copy(file, folder)
    step("influx: its own pkg-config", [go(), "install", PKG_CONFIG], folder, {**environment(), "GOBIN": str(folder)})
    wrapper = folder / "rustc-lenient"
    wrapper.write_text(LENIENT)
    wrapper.chmod(0o755)
    said = {
        **environment(),
        "PKG_CONFIG": str(folder / "pkg-config"),
        "RUSTC_WRAPPER": str(wrapper),
        # libflux names an exact toolchain, which rustup would want to download.
        "RUSTUP_TOOLCHAIN": "stable",
    }
    what = "influx: InfluxDB from Go modules and crates (about 3 min)"
    step(what, [go(), "build", "-ldflags", f"-s -w -X main.version={VERSION}", "-o", "influxd", SERVER], folder, said)


running = Influx.running

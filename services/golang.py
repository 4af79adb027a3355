"""The Go that builds InfluxDB and the S3 server. Used by influx.py and s3.py."""

from __future__ import annotations

import re
import subprocess

from services.cache import find
from services.problem import CannotServe

INSTALL_GO = {"go": "Go 1.25 or newer, with its bin folder on PATH"}
NEEDED = (1, 25)
"""What versitygw asks for."""


def go() -> str:
    """Its path. CannotServe: it is missing or too old."""
    path = find("go")
    if path is None:
        raise CannotServe(f"go is missing: {INSTALL_GO['go']}")
    said = subprocess.run([path, "version"], capture_output=True, text=True, check=False).stdout
    if (found := re.search(r"go(\d+)\.(\d+)", said)) and (int(found[1]), int(found[2])) < NEEDED:
        raise CannotServe(f"{path} is Go {found[1]}.{found[2]}, too old: {INSTALL_GO['go']}")
    return path

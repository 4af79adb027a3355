"""The Go that builds InfluxDB and the S3 server. Used by influx.py and s3.py."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

from services.cache import find
from services.problem import CannotServe

INSTALL_GO = {"go": "Go 1.21 or newer with its bin folder on PATH (Debian 12: golang-go of bookworm-backports)"}
NEWEST = "go1.27.3"
"""Fetched as a Go module, by a Go of 1.21 or newer that is too old to build them itself."""

FETCHES_ITSELF = (1, 21)
BUILDS = (1, 25)
"""What versitygw asks for."""


def go() -> str:
    """Its path. CannotServe: it is missing or too old."""
    path = find("go")
    if path is None or version() < FETCHES_ITSELF:
        raise CannotServe(f"go is {'missing' if path is None else 'too old'}: {INSTALL_GO['go']}")
    return path


def environment() -> Mapping[str, str]:
    """What a command of Go needs to be new enough."""
    return {} if version() >= BUILDS else {"GOTOOLCHAIN": NEWEST}


def version() -> tuple[int, int]:
    """Of the go on PATH; (0, 0): it does not tell."""
    said = subprocess.run([str(find("go")), "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)

"""The machine and the versions that something was measured on. Used by results.py."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.report import ROOT, Table
from services import influx, kafka, mongo, s3
from services.cache import find

PACKAGES = ("duckdb", "iotcore", "numpy", "paho-mqtt", "pyarrow", "python-socketio", "zstandard")
WRITTEN = (":!benchmarks/RESULTS.md", ":!benchmarks/latency.svg")
"""What a measurement changes itself."""


def machine() -> Table:
    """What it is, and what runs on it."""
    facts = {
        "processor": f"{_processor()}, {os.cpu_count() or 1} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": sys.version.split()[0],
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "servers": ", ".join(_servers()),
    }
    return Table("The machine", ["", ""], list(facts.items()))


def load() -> str:
    """How many wanted a core in the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def commit() -> str:
    """What is measured; + if it is not just what was committed."""
    head = _git("rev-parse", "--short", "HEAD").stdout.strip()
    changed = _git("diff", "--quiet", "HEAD", "--", ".", *WRITTEN).returncode
    return head + "+" * bool(changed) if head else "no commit"


def _servers() -> Iterator[str]:
    """As their recipes fix them; Mosquitto is the machine's own."""
    yield f"Kafka {re.findall(r'<version>([^<]+)', kafka.POM.read_text())[1]}"
    yield f"InfluxDB {influx.VERSION}"
    yield f"versitygw {s3.VERSION.read_text().strip()}"
    yield re.findall(r"^nx-27017==\S+", mongo.LOCK.read_text(), re.MULTILINE)[0].replace("==", " ")
    if program := find("mosquitto"):
        said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
        yield said.partition("\n")[0].replace("version ", "")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)

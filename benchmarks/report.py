"""Tables of what was measured beside what is asked, and the machine it was measured on. Used by every measurement here
and by __main__.py."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from services import influx, kafka, mongo, s3
from services.cache import find

ROOT = Path(__file__).parents[1]
PACKAGES = ("duckdb", "iotcore", "numpy", "paho-mqtt", "pyarrow", "python-socketio", "zstandard")


class Table(NamedTuple):
    """What one measurement says. notes: lines below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def markdown(table: Table) -> str:
    """A table as it stands in RESULTS.md."""
    lines = [f"### {table.title}", "", _line(table.head), _line(["---"] * len(table.head))]
    lines += [_line(row) for row in table.rows]
    return "\n".join([*lines, "", *(f"{note}  " for note in table.notes)]).rstrip() + "\n"


def show(tables: Iterable[Table]) -> None:
    """Tables for a person at a terminal."""
    for table in tables:
        print("\n".join([table.title, *_aligned([table.head, *table.rows]), *table.notes, ""]), flush=True)


def machine(when: str) -> Table:
    """What it was measured on, and how busy it was then."""
    cores, load = os.cpu_count() or 1, os.getloadavg()
    busy = "" if load[2] < 1.5 * cores else f": others use the machine, {load[2] / cores:.1f} want each core"
    facts = {
        "processor": f"{_processor()}, {cores} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": sys.version.split()[0],
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "servers": ", ".join(_servers()),
        "commit": _commit(),
        "load (1, 5, 15 min)": ", ".join(f"{each:.1f}" for each in load) + busy,
    }
    return Table(f"The machine, {when}", ["", ""], list(facts.items()))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()


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


def _commit() -> str:
    ran = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return ran.stdout.strip() or "not a git repository"

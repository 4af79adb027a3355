"""RESULTS.md: a section for each measurement, as it was last made, with the commit and the load of the machine. Used by
__main__.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from benchmarks.machine import commit, machine
from benchmarks.report import ROOT, markdown

PATH = ROOT / "benchmarks" / "RESULTS.md"

HEAD = """\
# What was measured

Each part as it was last made: `python -m benchmarks --only NAME` makes one anew, `make bench` those that take minutes.
The figures are of the machine below, whose cores are shared with others: compare them within a part, not between two.
"""

PICTURES = {"servers_rate": "![How many alerts took longer than so many ms](latency.svg)"}
"""Below what a measurement said."""


def section(name: str, status: int, said: str, loads: tuple[str, str]) -> str:
    """What a measurement said. loads: before and after it."""
    head = f"## {name}\n\n`python -m benchmarks.{name}`{' FAILED' if status else ''}"
    picture = f"\n{PICTURES[name]}\n" if name in PICTURES else ""
    return f"{head} at {commit()}; load {loads[0]} before, {loads[1]} after\n\n```\n{said.strip()}\n```\n{picture}"


def sections(text: str) -> dict[str, str]:
    """Name → section of a RESULTS.md."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return {part.split("\n", 1)[0].removeprefix("## "): part.rstrip() + "\n" for part in parts if part[:3] == "## "}


def joined(text: str, made: Mapping[str, str], order: Iterable[str]) -> str:
    """The file with what was made anew, and the rest as it is."""
    held = {**sections(text), **made}
    held.pop("The machine", None)
    known = [name for name in order if name in held]
    table = markdown(machine()).replace("### ", "## ", 1)
    return "\n".join([HEAD, table, *(held[name] for name in known)])


def keep(made: Mapping[str, str], order: Iterable[str]) -> None:
    """Writes the file."""
    PATH.write_text(joined(PATH.read_text() if PATH.exists() else "", made, order))

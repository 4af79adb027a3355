"""`python -m benchmarks [--only NAME …]`: the measurements of this folder, each in a process of its own, and what they
said into RESULTS.md. Called by `make bench`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.report import ROOT, machine, markdown
from services.every import SERVERS

EMBEDDED = ("log", "stores", "cpu", "edge", "latency", "throughput", "detectors")
ON_SERVERS = (
    "servers_rate", "servers_steps", "servers_history", "servers_pods", "servers_checkpoint", "servers_page",
)  # fmt: skip
NAMES = (*EMBEDDED, *ON_SERVERS)
"""In this order; `chaos` and `faults` (an hour) run only when named."""

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
PICTURES = {"servers_rate": "![How many alerts took longer than so many ms](latency.svg)"}
"""Below what a measurement said."""


def main(names: list[str]) -> int:
    """Exit status: how many failed. RESULTS.md is written by a run of all."""
    before, said, failed = machine("before"), [], 0
    for name in names or NAMES:
        print(f"\n== {name}: python -m benchmarks.{name}\n", flush=True)
        status, text = _run(name)
        failed += status != 0
        said.append(_section(name, status, text))
    if not names:
        RESULTS.write_text("\n".join(["# What was measured\n", markdown(before), markdown(machine("after")), *said]))
    return failed


def _section(name: str, status: int, text: str) -> str:
    head = f"## {name}\n\n`python -m benchmarks.{name}`{' FAILED' if status else ''}\n"
    picture = f"\n{PICTURES[name]}\n" if name in PICTURES else ""
    return f"{head}\n```\n{text.strip()}\n```\n{picture}"


def _run(name: str) -> tuple[int, str]:
    """Exit status and what it said, which is shown as it comes. Without the servers that it needs: why, and 0."""
    if name in ON_SERVERS and (lacks := [why for kind in SERVERS.values() if (why := kind.missing())]):
        print(lacks[0], flush=True)
        return 0, f"Left out: {lacks[0]}"
    lines = []
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    named = f"some of {', '.join(NAMES)}, chaos, faults"
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=named)
    sys.exit(main(parser.parse_args().only))

"""`python -m benchmarks [--only NAME …]`: the measurements of this folder, each in a process of its own, and what each
says into its section of RESULTS.md. Called by `make bench`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import results
from benchmarks.machine import load
from benchmarks.report import ROOT
from services.every import SERVERS

EMBEDDED = ("log", "stores", "cpu", "edge", "latency", "throughput", "detectors")
ON_SERVERS = (
    "servers_rate", "servers_steps", "servers_history", "servers_pods", "servers_checkpoint", "servers_page",
)  # fmt: skip
LONG = ("faults", "chaos", "chaos_servers")
"""A quarter of an hour each and more: only when named."""

NAMES = (*EMBEDDED, *ON_SERVERS, *LONG)


def main(names: list[str]) -> int:
    """Exit status: how many failed."""
    failed = 0
    for name in names or (*EMBEDDED, *ON_SERVERS):
        print(f"\n== {name}: python -m benchmarks.{name}\n", flush=True)
        before = load()
        status, text = _run(name)
        failed += status != 0
        results.keep({name: results.section(name, status, text, (before, load()))}, NAMES)
    return failed


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
    parser.add_argument(
        "--only", nargs="+", default=[], choices=NAMES, metavar="NAME", help=f"some of {', '.join(NAMES)}"
    )
    sys.exit(main(parser.parse_args().only))

"""`python -m benchmarks [--only NAME …]`: the measurements of this folder, each in a process of its own, and what they
said into RESULTS.md. Called by `make bench`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.report import ROOT, machine, markdown

NAMES = ("log", "stores", "cpu", "edge", "latency", "throughput", "detectors")
"""In this order; `chaos` and `faults` (an hour) run only when named."""

RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def main(names: list[str]) -> int:
    """Exit status: how many failed. RESULTS.md is written by a run of all."""
    before, said, failed = machine("before"), [], 0
    for name in names or NAMES:
        print(f"\n== {name}: python -m benchmarks.{name}\n", flush=True)
        status, text = _run(name)
        failed += status != 0
        said.append(
            f"## {name}\n\n`python -m benchmarks.{name}`{' FAILED' if status else ''}\n\n```\n{text.strip()}\n```\n"
        )
    if not names:
        RESULTS.write_text("\n".join(["# What was measured\n", markdown(before), markdown(machine("after")), *said]))
    return failed


def _run(name: str) -> tuple[int, str]:
    """Exit status and what it said, which is shown as it comes."""
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

"""What every step costs: `python -m benchmarks.cpu`. CPU µs a reading, each step driven alone on recorded batches of
the size that the rate gives; beside it what it may cost.

CPU time is of this process, all its threads: it depends little on what else the machine does.
"""

from __future__ import annotations

import gc
import tempfile
from itertools import islice
from pathlib import Path

from benchmarks.recorded import LARGE, SMALL, Load
from benchmarks.report import Table, show
from benchmarks.steps import Spent, Steps

BUDGET = {
    "ingest": (12.0, 5.0), "append to inbox": (12.0, 1.5), "validate": (25.0, 5.0), "append to telemetry": (12.0, 1.5),
    "score": (25.0, 5.0), "alert": (15.0, 3.0), "decode": (8.0, 1.0), "record": (20.0, 3.0), "write series": (8.0, 2.0),
    "archive": (5.0, 1.5), "write Parquet": (1.0, 1.0), "materialize": (2.0, 1.0), "live, nobody there": (1.0, 0.2),
    "live, one chart": (4.0, 1.0),
}  # fmt: skip
"""Step → µs a reading that it may take in small and in large batches: so that the demo (2,000 readings a second) stays
below a quarter of a core, and 1,000,000 a minute below 0.7 of one."""

GROUPS = {SMALL.name: 1_000, LARGE.name: 250}
"""Measured, after every device has sent once."""


def main() -> list[Table]:
    """The table."""
    spent = {load.name: measured(load, GROUPS[load.name]) for load in (SMALL, LARGE)}
    head = ["step", *(f"{load.rows} rows ({load.name})" for load in (SMALL, LARGE)), "may take"]
    rows = [_row(step, list(spent.values())) for step in BUDGET]
    total = [sum(each.a_reading(step) for step in BUDGET) for each in spent.values()]
    most = [sum(limits) for limits in zip(*BUDGET.values(), strict=True)]
    rows.append(["all steps", *(f"{each:.2f}" for each in total), " / ".join(f"{each:.1f}" for each in most)])
    return [Table("CPU of every step, µs a reading", head, rows)]


def measured(load: Load, groups: int) -> Spent:
    """What so many groups of a load cost, step by step."""
    with tempfile.TemporaryDirectory() as folder:
        steps, source = Steps(Path(folder)), load.groups()
        steps.run(islice(source, load.devices // load.messages + 1), Spent())
        gc.collect()
        spent = Spent()
        steps.run(islice(source, groups), spent)
        steps.close()
        return spent


def _row(step: str, spent: list[Spent]) -> list[str]:
    return [step, *(f"{each.a_reading(step):.2f}" for each in spent), " / ".join(f"{most:g}" for most in BUDGET[step])]


if __name__ == "__main__":
    show(main())

"""CPU and memory of processes, read from /proc. Used by latency.py and throughput.py."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Of one process at a moment: monotonic seconds, CPU seconds since its start (its threads', not its children's),
    MiB in memory."""

    at: float
    cpu: float
    memory: float

    def cores(self, before: Usage) -> float:
        """CPU since then, as a part of one core."""
        return (self.cpu - before.cpu) / (self.at - before.at)


def usage(pid: int) -> Usage:
    """Of a process that lives. OSError: it does not."""
    place = Path("/proc", str(pid))
    fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
    resident = int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Usage(time.monotonic(), (int(fields[11]) + int(fields[12])) / TICKS, resident / 2**20)


class Watched:
    """Some processes by name, from now on."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = {name: usage(pid) for name, pid in pids.items()}

    def spent(self) -> dict[str, tuple[float, float]]:
        """name → part of a core since the beginning, and MiB now."""
        now = {name: usage(pid) for name, pid in self._pids.items()}
        return {name: (each.cores(self._before[name]), each.memory) for name, each in now.items()}

    def told(self) -> str:
        """The same as a line: percent of a core."""
        return ", ".join(f"{name} {cores:.0%} and {mib:.0f} MiB" for name, (cores, mib) in self.spent().items())

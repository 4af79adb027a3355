"""What a reading may cost on the real servers at 1,000,000 a minute, process by process: set before anything was
measured. Used by servers_rate.py.

From what was measured of the parts: a record batch costs .5 to .8 ms of CPU through a hop, Kafka's share among it, and
two shards hand on about fifty a second each; paho takes 80 µs a message, a connection of the load 50; the steps of
functions as in cpu.py; InfluxDB 2.6 µs a point, of which half as many again are rollups and marks.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.report import Table

BUDGET = {
    "mosquitto": 6.0, "bridge": 15.0, "kafka": 18.0, "stream": 25.0, "store": 12.0, "archive": 4.0, "influx": 5.0,
    "mongo": 2.0, "s3": 1.0, "api": 2.0, "load": 5.0, "listener": 1.0,
    "benchmark": 1.0,
}  # fmt: skip
"""Process → µs of CPU a reading. api: the web API, HTTP ingest and the live channel, with nobody there; benchmark:
relays what is written to InfluxDB, to time it."""

CORES = 1.6
"""Asked of all together."""


def spending(cores: Mapping[str, tuple[float, float]], rate: float) -> Table:
    """cores: process → part of a core, MiB. rate: readings a second."""
    rows = []
    for name, may in BUDGET.items():
        core, memory = cores[name]
        rows.append([name, f"{may:g}", f"{core / rate * 1e6:.1f}", f"{core:.2f}", f"{memory:.0f} MiB"])
    used, taken = sum(core for core, _ in cores.values()), sum(memory for _, memory in cores.values())
    rows.append(["all", f"{sum(BUDGET.values()):g}", f"{used / rate * 1e6:.1f}", f"{used:.2f}", f"{taken:.0f} MiB"])
    head = ["process", "budget, µs a reading", "measured", "cores", "memory"]
    most = f"Asked: ≤ {CORES} cores in all, which is {CORES / rate * 1e6:.0f} µs a reading."
    return Table(f"CPU at {rate * 60:,.0f} readings a minute", head, rows, [most])

"""Brings the archive up to date at the end of a run: its files are closed ten minutes of the log's clock after their
first record. Used by chaos_servers.py."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing

import httpx
import pyarrow.parquet as pq

from benchmarks.chaos_place import Place
from benchmarks.demo_process import PATIENCE, until
from events.writer import Writer
from functions.clock.ticker import Ticker
from functions.engines import open_log
from functions.settings import Settings

LATER = 11 * 60_000_000
"""µs. Every open minute and file is closed when the clock is so much further."""

FULL = 10.0
"""Seconds that the archive finds its disk full."""


def archive(place: Place, full: bool) -> int:
    """Ends the bridge, whose exit status it is, and moves the log's clock on in its place. full: the files find no room
    at first."""
    status = place.pods.pop("bridge").end()
    with ExitStack() as stack:
        if full:
            stack.enter_context(place.disk.full())
        with closing(open_log(Settings(log=place.servers["kafka"].url))) as log:
            writer = Writer(log, "bridge", _now)
            Ticker(log, writer).tick_now(_now() + LATER)
        if full:
            until(lambda: "could not be written" in place.says(place.pods["archive"]), "an archive without room")
            time.sleep(FULL)
    return status


def settled(place: Place) -> int:
    """Rows of all files, once the archive says that it has all rows that validate gave."""
    until(lambda: _in_flight(place) == 0, "the archive's files", 2 * PATIENCE, pause=0.5)
    return sum(pq.read_metadata(file).num_rows for file in place.objects.rglob("*.parquet"))


def _in_flight(place: Place) -> int:
    answer = httpx.get(f"{place.url}/api/v1/ledger", params={"limit": 10_000}, timeout=60).raise_for_status()
    rows = answer.json()["items"]
    given, kept = (
        sum(row[n] for row in rows if row["stage"] == s) for s, n in (("validate", "out"), ("archive", "out"))
    )
    return int(given - kept)


def _now() -> int:
    return time.time_ns() // 1000

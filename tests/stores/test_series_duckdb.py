"""What the embedded series store promises besides: what was written once is skipped, a kill loses nothing that was
flushed, sorting leaves one row an identity.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from events.readings import Readings, Row
from stores.ports import Origin
from stores.series_compact import compact
from stores.series_duckdb import DuckdbSeries
from stores.series_schema import transaction
from tests.stores.history import FOREVER, MINUTE, numbers, put, rollups, sums, table

T = 1_795_485_600_000_000


def _row(time: int, value: float, device: str = "pump", revised: bool = False) -> Row:
    return Row(device, "flow", T + time, T, value, None, False, revised)


def _asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Of the file itself, which nobody has open."""
    with duckdb.connect(path.as_posix()) as connection:
        return connection.execute(sql).fetchall()


def test_what_stands_at_or_below_the_position_is_skipped(tmp_path: Path) -> None:
    """An owner that lost the shard may still have in its buffer what the new one has written long ago."""
    series = DuckdbSeries(tmp_path / "s")
    bucket = ("pump", "flow", T)
    put(series, 5, [_row(0, 1)])
    series.flush(0)
    series.append(Origin("main", 0, 5), Readings.of([_row(0, 7), _row(1, 7)]))
    series.roll(Origin("main", 0, 4), "1m", rollups({bucket: sums([7.0])}))
    series.append(Origin("main", 1, 2), Readings.of([_row(0, 3, "valve")]))
    series.flush(0)
    series.flush(1)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 9)) == [(T, 1.0)]
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([1.0])}
    series.close()
    assert _asked(tmp_path / "s", "SELECT * FROM position ORDER BY shard") == [(0, 5), (1, 2)]


def test_a_flush_that_fails_writes_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    series = DuckdbSeries(tmp_path / "s")
    series.append(Origin("main", 0, 1), Readings.of([_row(0, 1)]))
    series.dirty(Origin("main", 0, 1), "1m", [("pump", "flow", T + 1)])
    with pytest.raises(ValueError, match="begins at a multiple"):
        series.flush(0)
    assert not series.settled(0)
    assert series.metrics("main") == []
    assert series.latest("main") == {}
    series.discard(0)
    put(series, 1, [_row(0, 2)])
    series.flush(0)
    assert series.settled(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 9)) == [(T, 2.0)]


def test_sorting_leaves_one_row_an_identity_in_order(tmp_path: Path) -> None:
    series = DuckdbSeries(tmp_path / "s")
    for offset in range(4):
        put(series, offset, [_row(n, offset, f"d{n % 3}", revised=offset > 0) for n in range(9, -1, -1)])
        series.flush(0)
        if offset == 1:
            series.compact()
    series.compact()
    series.close()
    rows = _asked(tmp_path / "s", "SELECT series, time, value FROM raw")
    assert rows == sorted(rows)
    assert [value for *_, value in rows] == [3.0] * 10
    assert _asked(tmp_path / "s", "SELECT count(*) FROM raw_new") == [(0,)]
    assert _asked(tmp_path / "s", "SELECT count(*), count(DISTINCT (series, time)) FROM minute") == [(3, 3)]


def test_sorting_goes_some_rows_at_a_time_oldest_first(tmp_path: Path) -> None:
    series = DuckdbSeries(tmp_path / "s")
    put(series, 0, [_row(n % 50, n) for n in range(100)], dirty=False)
    series.flush(0)
    compact(series._caretaker, series._latest, most=30)
    assert len(series.raw("main", "pump", "flow", 0, FOREVER, 99).time) == 50
    assert series.latest("main")["pump"]["flow"].value == 99.0
    series.close()
    assert _asked(tmp_path / "s", "SELECT count(*) FROM raw_new") == [(0,)]


def test_the_newest_readings_are_found_without_looking_at_all_rows(tmp_path: Path) -> None:
    series = DuckdbSeries(tmp_path / "s")
    put(series, 0, [_row(n, n, f"d{n % 3}") for n in range(30)])
    series.flush(0)
    series.compact()
    put(series, 1, [_row(40, 40, "d1")])
    series.flush(0)
    want = series.latest("main")
    series.close()
    assert _asked(tmp_path / "s", "SELECT count(*) FROM newest") == [(3,)]
    again = DuckdbSeries(tmp_path / "s")
    assert again.latest("main") == want
    again.close()


def test_a_transaction_that_fails_leaves_the_connection_usable(tmp_path: Path) -> None:
    series = DuckdbSeries(tmp_path / "s")
    with pytest.raises(duckdb.CatalogException), transaction(series._writer) as cursor:
        cursor.execute("INSERT INTO position VALUES (9, 9); INSERT INTO nowhere VALUES (1)")
    with transaction(series._writer) as cursor:
        assert cursor.execute("SELECT * FROM position").fetchall() == []
    series.close()


WRITER = """
import sys
from collections.abc import Callable
from pathlib import Path
from events.readings import Row
from stores.series_duckdb import DuckdbSeries
from tests.stores.history import put
series = DuckdbSeries(Path(sys.argv[1]))
for offset in range(10_000):
    rows = [Row(f"d{n % 100}", "flow", 1_795_485_600_000_000 + offset, 0, float(offset)) for n in range(100)]
    put(series, offset, rows, dirty=False)
    series.flush(0)
    print(offset, flush=True)
    if offset % 10 == 9:
        series.compact()
"""


def test_a_kill_loses_nothing_that_was_flushed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    run = [sys.executable, "-c", WRITER, str(tmp_path / "s")]
    with subprocess.Popen(run, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        flushed = [int(line) for line, _ in zip(process.stdout, range(25), strict=False)][-1]
        process.send_signal(signal.SIGKILL)
        process.wait()
        flushed = max([flushed, *map(int, process.stdout.read().split())])
    series = DuckdbSeries(tmp_path / "s")
    put(series, flushed, [_row(0, -1.0)])  # skipped: it is there
    series.flush(0)
    times = numbers(series.raw("main", "d7", "flow", 0, FOREVER, 99_999))
    assert times[: flushed + 1] == [(T + offset, float(offset)) for offset in range(flushed + 1)]
    latest = series.latest("main")
    assert len(latest) == 100
    series.close()
    rows = sum(_asked(tmp_path / "s", f"SELECT count(*) FROM {name}")[0][0] for name in ("raw", "raw_new"))
    assert rows == 100 * len(times)
    assert _asked(tmp_path / "s", "SELECT origin FROM position") == [(len(times) - 1,)]


CALLS: dict[str, Callable[[DuckdbSeries], object]] = {
    "compact": lambda series: series.compact(),
    "trim": lambda series: series.trim("main", "raw", T),
    "raw": lambda series: series.raw("main", "pump", "flow", 0, FOREVER, 3),
    "readings": lambda series: series.readings("main", "pump", None, 0, FOREVER, None, 3),
    "buckets": lambda series: series.buckets("main", "pump", "flow", 0, FOREVER, MINUTE),
    "rolled": lambda series: series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE),
    "open": lambda series: None,
}


@pytest.mark.parametrize("call", CALLS)
def test_nothing_keeps_the_file_from_being_checkpointed(tmp_path: Path, call: str) -> None:
    """An answer left open would: what is written ahead of the file would grow without end."""
    series = DuckdbSeries(tmp_path / "s")
    put(series, 0, [_row(n, n) for n in range(100)], dirty=False)
    series.flush(0)
    CALLS[call](series)
    series._writer.execute("SET checkpoint_threshold = '1KB'")
    put(series, 1, [_row(n, n) for n in range(100, 200)])
    series.flush(0)
    assert not (tmp_path / "s.wal").exists()
    series.close()

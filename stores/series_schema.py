"""The tables of the embedded series store, and how its file is opened. Used by the other series_*.py files of DuckDB.

Rows are appended to `<table>_new` in the order of the log and moved to `<table>`, sorted by series and time, by
series_compact.py; the view `<table>_all` is both. No key is kept: of equal (series, time) the row that stands later
in the log, by (origin, nth), is the one that counts, at every query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from events.handler import Retry
from stores.ports import Width

RAW, NEWEST, SERIES, POSITION = "raw", "newest", "series", "position"
ROLLED: Mapping[Width, str] = {"1m": "minute", "1h": "hour"}
"""Width → table of its rollups."""

PLACE = {"origin": "BIGINT", "nth": "INTEGER"}
"""Where a row stands in the log of its shard: inbox offset and row. Of rollups nth is 1 where it was computed from
raw."""

READING = {
    "series": "INTEGER", "time": "BIGINT", "received": "BIGINT", "value": "DOUBLE", "text": "VARCHAR",
    "late": "BOOLEAN", "revised": "BOOLEAN",
}  # fmt: skip
SUMS = {"first": "DOUBLE", "min": "DOUBLE", "max": "DOUBLE", "last": "DOUBLE", "sum": "DOUBLE", "count": "BIGINT"}
ROLLUP = {"series": "INTEGER", "time": "BIGINT", **SUMS, **PLACE}
"""time: start of the bucket. count 0: the bucket has no reading that counts any more."""

SORTED = {RAW: {**READING, **PLACE}, **dict.fromkeys(ROLLED.values(), ROLLUP)}
PLAIN = {
    NEWEST: READING,
    SERIES: {"id": "INTEGER", "tenant": "VARCHAR", "device": "VARCHAR", "metric": "VARCHAR"},
    POSITION: {"shard": "INTEGER", "origin": "BIGINT"},
}
"""newest: the newest reading of each series, as of the last compaction at least."""

ENGINE = {
    "threads": "1",
    "memory_limit": "512MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""More threads and memory gain nothing measurable; extensions would be fetched from the network."""


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens or makes the file."""
    connection = duckdb.connect(path.as_posix(), config={**ENGINE, "temp_directory": f"{path.as_posix()}.spill"})
    for statement in _statements():
        connection.execute(statement)
    return connection


def _statements() -> Iterator[str]:
    for table, columns in PLAIN.items():
        yield _create(table, columns)
    for table, columns in SORTED.items():
        yield _create(table, columns)
        yield _create(f"{table}_new", columns)
        yield f"CREATE VIEW IF NOT EXISTS {table}_all AS SELECT * FROM {table} UNION ALL SELECT * FROM {table}_new"


def _create(table: str, columns: Mapping[str, str]) -> str:
    return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


def insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Mapping[str, Any]) -> None:
    """Appends columns, by name; what is not named is NULL."""
    incoming = pa.table(rows)
    if not incoming.num_rows:
        return
    cursor.register("incoming", incoming)
    try:
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        cursor.unregister("incoming")


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All or nothing. Retry where the disk or the memory is full."""
    cursor.execute("BEGIN")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException as error:
        _roll_back(cursor)
        if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
            raise Retry(f"series could not be written: {error}") from error
        raise


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # a COMMIT that failed has ended the transaction itself

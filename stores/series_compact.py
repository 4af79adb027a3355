"""Sorting and trimming of the embedded series store, beside its writer: what is done here only appends to and deletes
from what the writer leaves alone. Used by series_duckdb.py.
"""

from __future__ import annotations

import duckdb

from stores.series_catalogue import Latest
from stores.series_schema import NEWEST, RAW, SERIES, SORTED, insert, transaction

MOST = 2_000_000
"""So many rows are sorted at once: about 2 s and 250 MB, and a commit that keeps the writer waiting 0.2 s at most."""

AGAIN = {RAW: "(late OR revised)", "minute": "nth = 1", "hour": "nth = 1"}
"""Rows that may replace one of the same series and time; no other can."""


def compact(cursor: duckdb.DuckDBPyConnection, latest: Latest, most: int = MOST) -> None:
    """Moves all that is new now into order, some at a time; stopped in between, it goes on at the next call."""
    for table in SORTED:
        left = _count(cursor, f"{table}_new")
        while left > 0:
            with transaction(cursor):
                left -= _move(cursor, table, most)
                if table == RAW:
                    keep_newest(cursor, latest)


def keep_newest(cursor: duckdb.DuckDBPyConnection, latest: Latest) -> None:
    """Writes down the newest readings, so that opening the store need not look for them in all rows."""
    cursor.execute(f"DELETE FROM {NEWEST}")
    insert(cursor, NEWEST, latest.rows())


def trim(cursor: duckdb.DuckDBPyConnection, table: str, tenant: str, before: int) -> None:
    """Removes a tenant's rows that are older."""
    whose = f"series IN (SELECT id FROM {SERIES} WHERE tenant = ?)"
    for part in (table, f"{table}_new"):
        cursor.execute(f"DELETE FROM {part} WHERE time < ? AND {whose}", [before, tenant])


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    return _number(cursor, f"SELECT count(*) FROM {table}")


def _move(cursor: duckdb.DuckDBPyConnection, table: str, most: int) -> int:
    """Moves the oldest rows, about `most`; returns how many have left."""
    new, held = f"{table}_new", _count(cursor, f"{table}_new")
    older = f"time <= {_cut(cursor, new, most / held)}" if held > most else "TRUE"
    again = f"(SELECT series, time, origin, nth FROM {new} WHERE {older} AND {AGAIN[table]}) a"
    for part in (table, new):
        replaced = f"a.series = {part}.series AND a.time = {part}.time"
        place = f"(a.origin, a.nth) > ({part}.origin, {part}.nth)"
        cursor.execute(f"DELETE FROM {part} USING {again} WHERE {replaced} AND {place}")
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {new} WHERE {older} ORDER BY series, time")
    cursor.execute(f"DELETE FROM {new} WHERE {older}")
    return held - _count(cursor, new)


def _cut(cursor: duckdb.DuckDBPyConnection, table: str, share: float) -> int:
    return _number(cursor, f"SELECT quantile_disc(time, {share}) FROM {table}")


def _number(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Fetches all: a result that is left open keeps its transaction open, and with it the file from being
    checkpointed."""
    return int(cursor.execute(sql).fetchall()[0][0])

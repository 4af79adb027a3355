"""The file of the local log: SQLite in WAL mode, one table a topic and shard, a row a record. Used by local.py alone.

One connection writes (that of the thread that commits), one reads (under a lock). A table's rowid is the offset: rows
are only ever added at the end and taken away at the beginning, and no index is needed.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

from events.event import Event
from events.log import Place, Unusable
from events.squeeze import Squeeze, sample

LAYOUT = 1

WAL_PAGES = 8_000
"""Of 4 KiB, before they are moved into the file itself. Nobody commits meanwhile (some 20 ms): it should be rare."""

READ_BYTES = 4 << 20
"""A read ends with the record that reaches this."""


class Kept(NamedTuple):
    """One record on its way to the file, with the event it was made of."""

    place: Place
    offset: int
    appended: int
    attributes: bytes
    body: bytes
    event: Event

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return len(self.attributes) + len(self.body)


class Row(NamedTuple):
    """One record as the file holds it."""

    offset: int
    attributes: bytes
    body: bytes


class File:
    """`<folder>/log.sqlite`, held by one process at a time."""

    def __init__(self, folder: Path, shards: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "log.sqlite"
        self._held = _hold(folder / "log.lock")
        self._writes, self._reads, self._lock = _connect(self.path), _connect(self.path), Lock()
        self._writes.execute("PRAGMA synchronous=FULL")
        try:
            self._found_or_made(shards)
        except Unusable:
            self.close()
            raise

    def places(self) -> dict[Place, tuple[int, int]]:
        """begin and end of every topic and shard that was ever written."""
        begins = self._all("SELECT topic, shard, begin FROM place")
        return {(topic, shard): (begin, self._end((topic, shard), begin)) for topic, shard, begin in begins}

    def positions(self) -> dict[tuple[str, Place], int]:
        """(group, place) → how far that group has saved."""
        rows = self._all("SELECT reader, topic, shard, position FROM reader")
        return {(group, (topic, shard)): position for group, topic, shard, position in rows}

    def write(self, records: Iterable[Kept], positions: Mapping[tuple[str, Place], int], force: bool) -> None:
        """Adds records and positions in one transaction. force: they, and all before, are on the disk when this
        returns."""
        self._writes.execute(f"PRAGMA synchronous={'FULL' if force else 'NORMAL'}")
        rows: dict[Place, list[tuple[int, int, bytes]]] = {}
        for place, offset, appended, attributes, body, _ in records:
            rows.setdefault(place, []).append((offset, appended, self._squeeze.packed(attributes, body)))
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            for place, added in rows.items():
                if added[0][0] == 0:
                    self._make(place)
                self._writes.executemany(f"INSERT INTO {_table(place)} VALUES (?, ?, ?)", added)
            if force and not rows:
                self._writes.execute("UPDATE log SET shards = shards")  # SQLite forces only where it has written
            said = [(group, *place, position) for (group, place), position in positions.items()]
            self._writes.executemany("INSERT OR REPLACE INTO reader VALUES (?, ?, ?, ?)", said)

    def trim(self, place: Place, before: int) -> None:
        """Removes the records below an offset."""
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._writes.execute(f"DELETE FROM {_table(place)} WHERE position < ?", (before,))
            self._writes.execute("UPDATE place SET begin = ? WHERE topic = ? AND shard = ?", (before, *place))

    def rows(self, place: Place, offset: int, limit: int) -> list[Row]:
        """Up to `limit` records from an offset on, fewer if they are large."""
        select = f"SELECT position, record FROM {_table(place)} WHERE position >= ? ORDER BY position LIMIT ?"
        rows: list[Row] = []
        size = 0
        with self._lock, closing(self._reads.execute(select, (offset, limit))) as cursor:
            for position, record in cursor:
                rows.append(Row(position, *self._squeeze.unpacked(record)))
                size += len(rows[-1].body)
                if size >= READ_BYTES:
                    break
        return rows

    def appended(self, place: Place, offset: int) -> int | None:
        """When a record was appended (µs UTC); None if it is not there."""
        found = self._all(f"SELECT appended FROM {_table(place)} WHERE position = ?", (offset,))
        return int(found[0][0]) if found else None

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.path.parent.glob("log.sqlite*"))

    def close(self) -> None:
        self._reads.close()
        self._writes.close()
        self._held.close()

    def _all(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._lock, closing(self._reads.execute(sql, values)) as cursor:
            return cursor.fetchall()

    def _end(self, place: Place, begin: int) -> int:
        last = self._all(f"SELECT max(position) FROM {_table(place)}")[0][0]
        return begin if last is None else last + 1

    def _make(self, place: Place) -> None:
        columns = "position INTEGER PRIMARY KEY, appended INTEGER, record BLOB"
        self._writes.execute(f"CREATE TABLE {_table(place)} ({columns})")
        self._writes.execute("INSERT INTO place VALUES (?, ?, 0)", place)

    def _found_or_made(self, shards: int) -> None:
        (layout,) = self._writes.execute("PRAGMA user_version").fetchone()
        if layout == 0:
            self._make_all(shards)
            return
        if layout != LAYOUT:
            raise Unusable(
                f"{self.path} has layout {layout}, this version reads layout {LAYOUT}: "
                "run the version that made it, or move the folder away and start anew"
            )
        there, dictionary = self._writes.execute("SELECT shards, dictionary FROM log").fetchone()
        if there != shards:
            raise Unusable(
                f"{self.path} was made for {there} shards, not {shards}: set the number of shards to {there}, "
                "or move the folder away and start anew"
            )
        self._squeeze = Squeeze(dictionary)

    def _make_all(self, shards: int) -> None:
        dictionary = sample()
        self._squeeze = Squeeze(dictionary)
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._writes.execute("CREATE TABLE log (shards INTEGER, dictionary BLOB)")
            self._writes.execute("INSERT INTO log VALUES (?, ?)", (shards, dictionary))
            self._writes.execute("CREATE TABLE place (topic TEXT, shard INTEGER, begin INTEGER, UNIQUE (topic, shard))")
            key = "PRIMARY KEY (reader, topic, shard)"
            self._writes.execute(
                f"CREATE TABLE reader (reader TEXT, topic TEXT, shard INTEGER, position INTEGER, {key})"
            )
            self._writes.execute(f"PRAGMA user_version={LAYOUT}")


def _table(place: Place) -> str:
    return f'"{place[0]}/{place[1]:d}"'


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    return connection


def _hold(path: Path) -> IO[bytes]:
    held = path.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise Unusable(f"{path.parent} is in use by another process: stop that one, or name another folder") from None
    return held

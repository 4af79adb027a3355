"""Documents in one SQLite file: a table a collection, the body as JSON. Opened by stores/open.py; used by the web APIs,
materialize, states.py and the host.

Any number of threads read while one writes (WAL); a write is durable on return.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from events.handler import Retry
from stores.collections import INDEXED
from stores.documents_page import collection_named, cursor_after
from stores.documents_query import SELECT, Page, condition, field
from stores.ports import Conflict, Document, Versioned

UPSERT = (
    "INSERT INTO {0} VALUES (?, ?, ?, ?) ON CONFLICT (tenant, id) DO UPDATE "
    "SET revision = excluded.revision, body = excluded.body WHERE excluded.revision > {0}.revision"
)


class SqliteDocuments:
    """Retry where the disk is full or another process holds the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[str] = set()
        self._idle: list[sqlite3.Connection] = []
        self._every: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._writing = threading.Lock()
        self._writer = self._connect()

    def get(self, collection: str, tenant: str, id: str) -> Document | None:
        """The document, or None."""
        sql = f"{SELECT.format(self._table(collection))} WHERE tenant = ? AND id = ?"
        rows = self._rows(sql, [tenant, id])
        return _document(rows[0]) if rows else None

    def put(self, collection: str, tenant: str, id: str, body: Mapping[str, Any], expect: int) -> int:
        """Writes if the document stands at revision `expect` (0: there is none); returns the new one. Else Conflict."""
        table, text = self._table(collection), _text(body)
        with self._transaction() as run:
            if expect == 0:
                done = run.execute(
                    f"INSERT INTO {table} VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING", [tenant, id, text]
                )
            else:
                change = (
                    f"UPDATE {table} SET revision = revision + 1, body = ? WHERE tenant = ? AND id = ? AND revision = ?"
                )
                done = run.execute(change, [text, tenant, id, expect])
        _hit(done, collection, id, expect)
        return expect + 1

    def delete(self, collection: str, tenant: str, id: str, expect: int) -> None:
        """Removes a document that stands at revision `expect`. Conflict otherwise."""
        removal = f"DELETE FROM {self._table(collection)} WHERE tenant = ? AND id = ? AND revision = ?"
        with self._transaction() as run:
            done = run.execute(removal, [tenant, id, expect])
        _hit(done, collection, id, expect)

    def upsert(self, collection: str, documents: Iterable[Versioned]) -> None:
        """Writes each that has a higher version than what is there; durable on return."""
        rows = [(tenant, id, version, _text(body)) for tenant, id, version, body in documents]
        if rows:
            sql = UPSERT.format(self._table(collection))
            with self._transaction() as run:
                run.executemany(sql, rows)

    def find(
        self, collection: str, tenant: str, where: Mapping[str, Any], order: str = "id", descending: bool = False,
        after: str | None = None, limit: int = 100,
    ) -> tuple[Sequence[Document], str | None]:  # fmt: skip
        """A page of the documents that match `where`, and the cursor of the next (None at the end)."""
        page = Page(order, descending, after)
        sql, values = condition(tenant, where)
        beyond, more = page.beyond()
        rows = self._rows(
            f"{SELECT.format(self._table(collection))} WHERE {sql} AND {beyond} ORDER BY {page.order} LIMIT ?",
            [*values, *more, limit + 1],
        )
        documents = [_document(row) for row in rows[:limit]]
        return documents, cursor_after(order, documents[-1]) if len(rows) > limit else None

    def count(self, collection: str, tenant: str, where: Mapping[str, Any]) -> int:
        """How many documents match `where`."""
        sql, values = condition(tenant, where)
        return int(self._rows(f"SELECT count(*) FROM {self._table(collection)} WHERE {sql}", values)[0][0])

    def tenants(self, collection: str) -> Sequence[str]:
        """Every tenant that has a document there, sorted."""
        return [row[0] for row in self._rows(f"SELECT DISTINCT tenant FROM {self._table(collection)} ORDER BY 1", [])]

    def close(self) -> None:
        """Closes every connection; no thread may still use one."""
        for connection in self._every:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        self._every.append(connection)
        return connection

    def _table(self, collection: str) -> str:
        """The table of a collection, made with its indexes when it is first named."""
        if collection not in self._known:
            statements = list(_tables(collection_named(collection)))
            with self._transaction() as run:
                for statement in statements:
                    run.execute(statement)
            self._known.add(collection)
        return f'"{collection}"'

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._pool:
            connection = self._idle.pop() if self._idle else self._connect()
        try:
            return connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            raise Retry(f"documents in {self._path.name} could not be read: {error}") from error
        finally:
            self._idle.append(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise Retry(f"documents in {self._path.name} could not be written: {error}") from error
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")


def _tables(collection: str) -> Iterator[str]:
    yield (
        f'CREATE TABLE IF NOT EXISTS "{collection}" (tenant TEXT NOT NULL, id TEXT NOT NULL, '
        "revision INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))"
    )
    for fields in INDEXED.get(collection, ()):
        name = "_".join([collection, *fields]).replace(".", "_")
        columns = ", ".join(["tenant", *map(field, fields), "id"])
        yield f'CREATE INDEX IF NOT EXISTS "{name}" ON "{collection}" ({columns})'


def _text(body: Mapping[str, Any]) -> str:
    return msgspec.json.encode(body).decode()


def _document(row: tuple[str, int, str]) -> Document:
    return Document(row[0], row[1], msgspec.json.decode(row[2]))


def _hit(done: sqlite3.Cursor, collection: str, id: str, expect: int) -> None:
    if done.rowcount != 1:
        raise Conflict(f"{collection}/{id} is not at revision {expect}")

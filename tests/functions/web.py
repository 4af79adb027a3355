"""The web APIs over the embedded stores in a folder of the test's own, with ways to fill these. Used by the tests of
query, devices and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.testclient import TestClient

from events.event import Event
from events.local import LocalLog
from events.payloads import Data
from events.readings import Readings, Row
from events.types import INBOX
from events.writer import Writer
from functions import problem
from functions.devices.router import router as devices
from functions.query.router import router as query
from functions.rules.router import router as rules
from stores.definitions import DefinitionStore
from stores.documents_sqlite import SqliteDocuments
from stores.ports import Origin, Versioned
from stores.series_duckdb import DuckdbSeries

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
NOON = 20_416 * DAY + DAY // 2
"""2025-11-24T12:00:00Z, the clock of every test until it is moved."""


class Told:
    """What the host tells the API."""

    version, shards, kept_raw, kept_minutes = "1.2.3", 2, 7 * DAY, 90 * DAY

    def __init__(self) -> None:
        self.now: int | None = NOON

    def clock(self) -> int | None:
        return self.now

    def log_bytes(self) -> int | None:
        return 4096

    def health(self) -> Mapping[str, Any]:
        return {"ok": True, "parts": {"series": "ok"}}


class Web:
    """client: of the three APIs together, under `/api/v1`."""

    def __init__(self, folder: Path) -> None:
        self.documents = SqliteDocuments(folder / "documents.db")
        self.series = DuckdbSeries(folder / "series.duckdb")
        self.log = LocalLog(folder, 2)
        self.facts = Told()
        self.writer = Writer(self.log, "api", lambda: NOON)
        self.definitions = DefinitionStore(self.documents, self.writer)
        app = FastAPI()
        problem.install(app)
        app.include_router(query(self.series, self.documents, self.definitions, self.facts), prefix="/api/v1")
        app.include_router(devices(self.documents, self.definitions), prefix="/api/v1")
        app.include_router(rules(self.definitions, self.writer), prefix="/api/v1")
        self.client = TestClient(app, base_url="http://test/api/v1/", raise_server_exceptions=True)
        self._offset = 0

    def get(self, path: str, **params: Any) -> Any:
        """The decoded answer of a request that must succeed."""
        answer = self.client.get(path, params={name.rstrip("_"): value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, path: str, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        found, cursor = [], None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def record(self, rows: Iterable[Row], tenant: str = "main") -> None:
        """Rows as one record, flushed; no rollups."""
        self._offset += 1
        self.series.append(Origin(tenant, 0, self._offset), Readings.of(rows))
        self.series.flush(0)

    def write(self, collection: str, id: str, version: int, data: Data | Mapping[str, Any]) -> None:
        """A document as materialize writes it."""
        body = msgspec.to_builtins(data)
        self.documents.upsert(collection, [Versioned("main", id, version, body)])

    def inbox(self) -> list[tuple[int, Event]]:
        """(shard, event) of every record."""
        return [(r.shard, r.event) for shard in range(2) for r in self.log.read(INBOX, shard, 0, 1000)]

    def close(self) -> None:
        self.client.close()
        self.log.close()
        self.series.close()
        self.documents.close()


def opened(folder: Path) -> Iterator[Web]:
    """For a fixture."""
    web = Web(folder)
    yield web
    web.close()


def refusal(answer: Any, status: int) -> list[tuple[str, str]]:
    """(field, detail) of a problem with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(body)
    assert body["status"] == status
    return [(error["field"], error["detail"]) for error in body["errors"]]

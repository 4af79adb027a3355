"""From a URL to a store: the scheme chooses the implementation, which is imported only then. Used by
functions/app.py, the commands and the benchmarks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from events.checkpoint import Checkpoints
from stores.folder import Unusable
from stores.ports import Documents, Objects, Series
from stores.states import StoredCheckpoints

S = TypeVar("S")

NONE: Mapping[str, Callable[[str], Any]] = {}
FOR_EVER: Mapping[str, timedelta] = {}
FORMS = {
    "influx": "influx://TOKEN@host:port/ORGANISATION",
    "mongodb": "mongodb://user:password@host:port/database",
    "s3": "s3://KEY:SECRET@host:port/BUCKET",
}
"""How the URL of a server is written."""


@dataclass(frozen=True)
class Urls:
    """Where the stores are. The embedded ones name a path: `duckdb:///absolute/path`."""

    series: str
    documents: str
    objects: str

    @classmethod
    def embedded(cls, folder: Path) -> Urls:
        """The stores of a laptop, in its data folder."""
        place = folder.absolute().as_uri().removeprefix("file")
        return cls(f"duckdb{place}/series.duckdb", f"sqlite{place}/documents.sqlite", f"file{place}/objects")


@dataclass(frozen=True)
class Stores:
    """All that the platform remembers."""

    series: Series
    documents: Documents
    objects: Objects

    def checkpoints(self) -> Checkpoints:
        """For one owner of shards: each loop takes its own, since an owner is known by the epochs it took."""
        return StoredCheckpoints(self.objects, self.documents)

    def close(self) -> None:
        """Closes what must be closed."""
        self.series.close()
        self.documents.close()


def open_stores(urls: Urls) -> Stores:
    """All of them, or none. Unusable: with the reason and the cure."""
    with ExitStack() as opened:
        documents = open_documents(urls.documents)
        opened.callback(documents.close)
        stores = Stores(open_series(urls.series), documents, open_objects(urls.objects))
        opened.pop_all()
        return stores


def open_series(url: str, secret: str | None = None, keep: Mapping[str, timedelta] = FOR_EVER) -> Series:
    """`duckdb:///path/of/file`, or an InfluxDB: `influx://TOKEN@host:port/ORG`, `influxs://` for TLS. secret: the
    token, where the URL has none. keep: `raw`, `1m` or `1h` → for how long a server keeps it; a file is trimmed."""
    influx = partial(_influx, secret=secret, keep=keep)
    return _opened("series", url, {"duckdb": _duckdb}, {"influx": influx, "influxs": influx})


def open_documents(url: str, secret: str | None = None) -> Documents:
    """`sqlite:///path/of/file`, or a MongoDB: `mongodb://user:password@host:port/database?options`. secret: the
    password, where the URL has none."""
    mongo = partial(_mongo, secret=secret)
    return _opened("documents", url, {"sqlite": _sqlite}, {"mongodb": mongo, "mongodb+srv": mongo})


def open_objects(url: str, secret: str | None = None) -> Objects:
    """`file:///path/of/folder`, or a bucket: `s3://KEY:SECRET@host:port/BUCKET?region=…`, `&tls` for https. secret:
    the secret, where the URL has none."""
    return _opened("objects", url, {"file": _folder}, {"s3": partial(_bucket, secret=secret)})


def _opened(
    store: str, url: str, files: Mapping[str, Callable[[Path], S]], servers: Mapping[str, Callable[[str], S]] = NONE
) -> S:
    """A URL may hold a secret: no message repeats it."""
    parts = urlsplit(url)
    if parts.scheme in servers:
        return servers[parts.scheme](url)
    if parts.scheme not in files or parts.netloc or not parts.path.startswith("/"):
        forms = [
            *(f"{scheme}:///absolute/path" for scheme in files),
            *(FORMS[name] for name in servers if name in FORMS),
        ]
        named = f"TIDINGS_{store.upper()} ({parts.scheme or 'nothing'}:…)"
        raise Unusable(f"{named} names no store of {store}: give {' or '.join(forms)}")
    path = Path(unquote(parts.path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return files[parts.scheme](path)
    except OSError as error:
        raise Unusable(f"{path} cannot be opened ({error.strerror}): make it readable and writable") from error


def _duckdb(path: Path) -> Series:
    import duckdb

    from stores.series_duckdb import DuckdbSeries

    try:
        return DuckdbSeries(path)
    except duckdb.Error as error:
        raise Unusable(_cannot_be_read(path, error)) from error


def _sqlite(path: Path) -> Documents:
    from stores.documents_sqlite import SqliteDocuments

    try:
        return SqliteDocuments(path)
    except sqlite3.Error as error:
        raise Unusable(_cannot_be_read(path, error)) from error


def _influx(url: str, secret: str | None, keep: Mapping[str, timedelta]) -> Series:
    from stores.series_influx_open import open_influx

    return open_influx(url, secret, keep)


def _mongo(url: str, secret: str | None) -> Documents:
    from stores.documents_mongo_open import open_mongo

    return open_mongo(url, secret)


def _folder(path: Path) -> Objects:
    from stores.objects import FolderObjects

    return FolderObjects(path)


def _bucket(url: str, secret: str | None) -> Objects:
    from stores.objects_s3 import open_s3

    return open_s3(url, secret)


def _cannot_be_read(path: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0]
    return (
        f"{path} cannot be opened ({reason}): run the version that wrote it, bring it back from a backup, or remove it"
    )

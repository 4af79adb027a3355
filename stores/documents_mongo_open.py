"""From a URL to documents in a MongoDB that answers, lets us in and has our layout. Used by open.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.uri_parser import parse_uri

from stores.documents_mongo import MongoDocuments
from stores.folder import Unusable

SETTING = "TIDINGS_DOCUMENTS"
LAYOUT = 1
"""Of all documents; grows when a version can no longer read what an older one wrote."""

DATABASE = "tidings"
"""Where the URL names none."""

OPTIONS: dict[str, Any] = {"timeoutMS": 10_000, "connectTimeoutMS": 5_000, "appname": "tidings"}
"""A write gives up after 10 s, retries included, so that none lands after that of a new owner (DESIGN, One owner)."""

REFUSES_NAME, REFUSES_ACT = 18, 13
"""The server's codes for a wrong name or password, and for a user that may not do it."""


def open_mongo(url: str, password: str | None = None, options: Mapping[str, Any] = OPTIONS) -> MongoDocuments:
    """`mongodb://user:password@host:port/database?options`, or `mongodb+srv://…`; `password` stands for the one that
    the URL leaves out. Unusable: one line with the cure, without the URL, in which a password may stand."""
    parsed = _parsed(url)
    place = ", ".join(f"{host}:{port}" for host, port in parsed["nodelist"])
    secret = {"password": password} if password is not None else {}
    database = parsed["database"] or DATABASE
    with _told(place):
        client: MongoClient[dict[str, Any]] = MongoClient(url, **{**secret, **options})
        try:
            _check_layout(client, place, database)
        except BaseException:
            client.close()
            raise
    return MongoDocuments(client, database)


def _parsed(url: str) -> Mapping[str, Any]:
    """What the driver says of a wrong URL may repeat a part of it, so it is not passed on."""
    try:
        return parse_uri(url, validate=True, warn=False)
    except OSError as error:
        raise Unusable(f"{SETTING}: {error.strerror}: name one that is") from None
    except (InvalidURI, ConfigurationError, ValueError, TypeError):
        raise Unusable(
            f"{SETTING}: no URL of MongoDB: give mongodb://user:password@host:port/database with the driver's own "
            "options, and special characters as %40 and so on"
        ) from None


def _check_layout(client: MongoClient[dict[str, Any]], place: str, database: str) -> None:
    """An empty database is given ours. The name of its collection is none that a document's can have."""
    client.admin.command("ping")
    layouts = client[database]["_layout"]
    found = layouts.find_one({"_id": "layout"})
    if found is None:
        try:
            layouts.insert_one({"_id": "layout", "version": LAYOUT})
        except DuplicateKeyError:
            return _check_layout(client, place, database)
        return None
    if found["version"] != LAYOUT:
        raise Unusable(
            f"{SETTING}: database {database} on {place} has layout {found['version']}, this version reads layout "
            f"{LAYOUT}: run the version that wrote it, or name another database"
        )
    return None


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise Unusable(f"{SETTING}: {_why(error, place)}") from error


def _why(error: PyMongoError, place: str) -> str:
    if isinstance(error, OperationFailure) and error.code == REFUSES_NAME:
        return f"{place} refuses the user or the password: correct them"
    if isinstance(error, OperationFailure) and error.code == REFUSES_ACT:
        return f"{place} lets this user not in: grant it the role readWrite on the database"
    said = " ".join(str(error).split())
    if "certificate" in said.lower():
        return f"{place} has a certificate that is not trusted or not its own: name its authority with tlsCAFile=…"
    if isinstance(error, ConfigurationError) and "wire version" not in said:
        return "an option of the URL contradicts another: correct it"
    if isinstance(error, ServerSelectionTimeoutError | ConnectionFailure):
        return f"{place} does not answer as a MongoDB: start it, or correct the address"
    return f"{place} cannot be used ({said[:160]}): give a MongoDB of version 4.4 or newer"

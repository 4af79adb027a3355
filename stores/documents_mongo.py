"""Documents in a MongoDB, for any number of processes. Opened by documents_mongo_open.py; used by the web APIs,
materialize, states.py and the host.

A document is `{_id: "<tenant>/<id>", tenant, id, revision, body}`, always written whole: nothing is incremented, pushed
or computed by the server, so a repeat changes nothing. A write returns when a majority of the servers has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from pymongo import IndexModel, MongoClient, UpdateOne, read_preferences
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from events.handler import Retry
from stores.collections import INDEXED
from stores.documents_mongo_query import condition, field, sort_by, stretches
from stores.documents_page import collection_named, cursor_after
from stores.ports import Conflict, Document, Versioned

Body = dict[str, Any]

DUPLICATE = 11000
"""The server's code for a key that is there already."""

AWAY = frozenset({50, 64, 91, 100, 189, 262, 11600, 11602, 13435, 13436, 14031})
"""Its codes for not now: time-outs, shutting down, no primary or no majority, disk full."""


class MongoDocuments:
    """Retry where the server is away, or has not answered in the client's time-out."""

    def __init__(self, client: MongoClient[Body], database: str) -> None:
        self._client = client
        # A secondary may lag behind what this process itself has written.
        self._database = client.get_database(
            database, write_concern=WriteConcern("majority"), read_preference=read_preferences.Primary()
        )
        self._known: set[str] = set()

    def get(self, collection: str, tenant: str, id: str) -> Document | None:
        """The document, or None."""
        with _answered("read"):
            found = self._collection(collection).find_one({"_id": _key(tenant, id)})
        return _document(found) if found else None

    def put(self, collection: str, tenant: str, id: str, body: Mapping[str, Any], expect: int) -> int:
        """Writes if the document stands at revision `expect` (0: there is none); returns the new one. Else Conflict."""
        whole = {"revision": expect + 1, "body": msgspec.to_builtins(body)}
        with _answered("written"):
            if expect == 0:
                hit = self._inserted(collection, {"_id": _key(tenant, id), "tenant": tenant, "id": id, **whole})
            else:
                where = {"_id": _key(tenant, id), "revision": expect}
                hit = self._collection(collection).update_one(where, {"$set": whole}).matched_count == 1
        _expected(hit, collection, id, expect)
        return expect + 1

    def delete(self, collection: str, tenant: str, id: str, expect: int) -> None:
        """Removes a document that stands at revision `expect`. Conflict otherwise."""
        with _answered("removed"):
            done = self._collection(collection).delete_one({"_id": _key(tenant, id), "revision": expect})
        _expected(done.deleted_count == 1, collection, id, expect)

    def upsert(self, collection: str, documents: Iterable[Versioned]) -> None:
        """Writes each that has a higher version than what is there; a majority has them on return."""
        highest: dict[str, Versioned] = {}
        for document in documents:
            held = highest.get(key := _key(document.tenant, document.id))
            if held is None or held.version < document.version:
                highest[key] = document
        if highest:
            with _answered("written"):
                # What is there in a higher version is met by no filter, and then refused as a second of its key. So is
                # what another process made meanwhile, perhaps in a lower version: that is met the second time.
                self._write(collection, self._write(collection, highest, upsert=True), upsert=False)

    def find(
        self, collection: str, tenant: str, where: Mapping[str, Any], order: str = "id", descending: bool = False,
        after: str | None = None, limit: int = 100,
    ) -> tuple[Sequence[Document], str | None]:  # fmt: skip
        """A page of the documents that match `where`, and the cursor of the next (None at the end)."""
        documents: list[Document] = []
        for stretch in stretches(order, descending, after):
            if len(documents) <= limit:
                whose, rest = condition(tenant, where, stretch), limit + 1 - len(documents)
                with _answered("read"):
                    found = self._collection(collection).find(whose, sort=sort_by(order, descending), limit=rest)
                    documents += map(_document, found)
        page = documents[:limit]
        return page, cursor_after(order, page[-1]) if len(documents) > limit else None

    def count(self, collection: str, tenant: str, where: Mapping[str, Any]) -> int:
        """How many documents match `where`."""
        with _answered("counted"):
            return self._collection(collection).count_documents(condition(tenant, where))

    def tenants(self, collection: str) -> Sequence[str]:
        """Every tenant that has a document there, sorted."""
        with _answered("read"):
            return sorted(self._collection(collection).distinct("tenant"))

    def close(self) -> None:
        """Closes every connection."""
        self._client.close()

    def _collection(self, name: str) -> Collection[Body]:
        """A collection, with its indexes when it is first named."""
        if name in self._known:
            return self._database[name]
        collection = self._database[collection_named(name)]
        indexes = [(), *INDEXED.get(name, ())]
        collection.create_indexes([
            IndexModel([(of, 1) for of in ("tenant", *map(field, fields), "id")], name="_".join(["tenant", *fields]))
            for fields in indexes
        ])  # fmt: skip
        self._known.add(name)
        return collection

    def _inserted(self, collection: str, document: Body) -> bool:
        try:
            self._collection(collection).insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def _write(self, collection: str, documents: Mapping[str, Versioned], upsert: bool) -> dict[str, Versioned]:
        """Writes the higher versions; returns those that could not be made, since there is one of their key."""
        writes = [_update(key, document, upsert) for key, document in documents.items()]
        if not writes:
            return {}
        try:
            self._collection(collection).bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or any(one["code"] != DUPLICATE for one in refused):
                raise
            keys = list(documents)
            return {keys[one["index"]]: documents[keys[one["index"]]] for one in refused}
        return {}


def _key(tenant: str, id: str) -> str:
    return f"{tenant}/{id}"


def _update(key: str, document: Versioned, upsert: bool) -> UpdateOne:
    whole = {
        "tenant": document.tenant, "id": document.id, "revision": document.version,
        "body": msgspec.to_builtins(document.body),
    }  # fmt: skip
    return UpdateOne({"_id": key, "revision": {"$lt": document.version}}, {"$set": whole}, upsert=upsert)


def _document(stored: Body) -> Document:
    return Document(stored["id"], int(stored["revision"]), _plain(stored["body"]))


def _plain(value: Any) -> Any:
    """The driver's own kind of integer becomes int, as JSON has it."""
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _expected(hit: bool, collection: str, id: str, expect: int) -> None:
    if not hit:
        raise Conflict(f"{collection}/{id} is not at revision {expect}")


@contextmanager
def _answered(what: str) -> Iterator[None]:
    """Retry where the server is away; what it refuses for another reason is a bug, and stays as it is."""
    try:
        yield
    except PyMongoError as error:
        if _is_away(error):
            raise Retry(f"documents could not be {what}: {' '.join(str(error).split())[:200]}") from error
        raise


def _is_away(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        refused = [*error.details["writeErrors"], *error.details["writeConcernErrors"]]
        return any(one["code"] in AWAY for one in refused) or bool(error.details["writeConcernErrors"])
    code = error.code if isinstance(error, OperationFailure) else None
    return isinstance(error, ConnectionFailure) or error.timeout or code in AWAY

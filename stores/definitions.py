"""Definitions where they are kept: documents with revisions, told to the log. Used by the web APIs, the loader of files
and the host (which feeds a new state with them and calls `resend` at start and every ten seconds).

A change is written first, with `sent: false`, then told to every shard concerned, then marked as sent: whatever breaks
between is told again by `resend`. Functions ignore a revision that is not higher than the one they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from events import types
from events.event import Event, root_sequence, root_source
from events.log import shard_of
from events.payloads import Changed
from events.writer import Writer
from stores.collections import DEFINED
from stores.ports import Conflict, Document, Documents


class Defined(NamedTuple):
    """A definition, or what a deletion left of it (document None). by: who wrote it; notes: what the writer noted."""

    kind: str
    id: str
    revision: int
    document: Mapping[str, Any] | None
    by: str
    notes: Mapping[str, Any]
    stored: int

    @classmethod
    def of(cls, kind: str, held: Document) -> Defined:
        body = held.body
        return cls(kind, held.id, body["revision"], body["document"], body["by"], body["notes"], held.revision)

    def changed(self) -> Changed:
        """As it travels in the log."""
        document = dict(self.document) if self.document is not None else None
        kind: Any = self.kind
        return Changed(kind=kind, id=self.id, revision=self.revision, document=document)


class DefinitionStore:
    """Reads and changes definitions. Conflict where another has changed one since it was read."""

    def __init__(self, documents: Documents, writer: Writer) -> None:
        self._documents, self._writer = documents, writer

    def held(self, kind: str, tenant: str, id: str) -> Defined | None:
        """A definition or what a deletion left of it."""
        held = self._documents.get(DEFINED[kind], tenant, id)
        return Defined.of(kind, held) if held is not None else None

    def get(self, kind: str, tenant: str, id: str) -> Defined | None:
        """A definition that is not deleted."""
        held = self.held(kind, tenant, id)
        return held if held is not None and held.document is not None else None

    def page(self, kind: str, tenant: str, start: str, limit: int) -> Sequence[Defined]:
        """Up to `limit` definitions and leftovers whose id is `start` or later, in order of ids."""
        found, _ = self._documents.find(DEFINED[kind], tenant, {"id>=": start}, limit=limit)
        return [Defined.of(kind, held) for held in found]

    def change(
        self, kind: str, tenant: str, id: str, document: Mapping[str, Any] | None, expect: int | None = None,
        by: str = "api", notes: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Writes and tells a definition (None: deletes it); returns its revision, which goes on past a deletion.

        expect: the revision it must stand at now (0: there is none); None: whatever it is. What is no news is not told.
        """
        held = self.held(kind, tenant, id)
        if expect is not None and expect != (held.revision if held is not None and held.document is not None else 0):
            raise Conflict(f"{kind} {id} is not at revision {expect}: it was changed since you read it; read it again")
        if held is not None and held.document == document and notes is None:
            return held.revision
        revision = held.revision + 1 if held is not None else 1
        noted = notes if notes is not None else held.notes if held is not None else {}
        body = {"id": id, "revision": revision, "document": document, "by": by, "notes": noted, "sent": False}
        stored = self._documents.put(DEFINED[kind], tenant, id, body, held.stored if held is not None else 0)
        self._tell(tenant, Defined(kind, id, revision, document, by, noted, stored))
        return revision

    def resend(self) -> int:
        """Tells what is not marked as sent; returns how many there were."""
        unsent = [
            (tenant, Defined.of(kind, held))
            for kind, collection in DEFINED.items()
            for tenant in self._documents.tenants(collection)
            for held in self._documents.find(collection, tenant, {"sent": False}, limit=1000)[0]
        ]
        for tenant, defined in unsent:
            self._tell(tenant, defined)
        return len(unsent)

    def feed(self, shard: int) -> Iterator[Event]:
        """What a new state of a shard begins with: every definition it is concerned with, as it is now."""
        for kind, collection in DEFINED.items():
            for tenant in self._documents.tenants(collection):
                for defined in self._every(kind, tenant):
                    if shard in self._concerned(tenant, kind, defined.id):
                        yield Event(
                            types.DEFINITION_CHANGED, defined.changed(), self._writer.clock(), defined.id, tenant,
                            source=root_source(shard), sequence=root_sequence(0),
                        )  # fmt: skip

    def _tell(self, tenant: str, defined: Defined) -> None:
        event = Event(types.DEFINITION_CHANGED, defined.changed(), self._writer.clock(), defined.id, tenant)
        for shard in self._concerned(tenant, defined.kind, defined.id):
            self._writer.append(shard, event)
        self._writer.flush()
        sent = {**defined._asdict(), "sent": True}
        body = {name: sent[name] for name in ("id", "revision", "document", "by", "notes", "sent")}
        try:
            self._documents.put(DEFINED[defined.kind], tenant, defined.id, body, defined.stored)
        except Conflict:
            return  # it was changed meanwhile, and whoever did tells the newer one

    def _concerned(self, tenant: str, kind: str, id: str) -> Sequence[int]:
        shards = self._writer.shards
        return [shard_of(tenant, id, shards)] if kind == "device" else range(shards)

    def _every(self, kind: str, tenant: str) -> Iterator[Defined]:
        after: str | None = None
        while True:
            found, after = self._documents.find(DEFINED[kind], tenant, {}, after=after, limit=1000)
            yield from (Defined.of(kind, held) for held in found)
            if after is None:
                return

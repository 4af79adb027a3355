"""Documents behind a buffer, one transaction a flush: what materialize writes to, and the host flushes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from stores.ports import Versioned

Key = tuple[str, str]
"""tenant, id."""


class Upserts(Protocol):
    """What is needed of stores.ports.Documents."""

    def upsert(self, collection: str, documents: Iterable[Versioned]) -> None: ...


class BufferedDocuments:
    """Keeps the highest version of each document until the flush; of one shard nothing reaches another's flush."""

    overwrites = True

    def __init__(self, documents: Upserts) -> None:
        self._documents = documents
        self._held: defaultdict[int, dict[str, dict[Key, Versioned]]] = defaultdict(dict)

    def upsert(self, shard: int, collection: str, document: Versioned) -> None:
        """Holds a document unless a version as high is held already."""
        held = self._held[shard].setdefault(collection, {})
        key = (document.tenant, document.id)
        if key not in held or held[key].version < document.version:
            held[key] = document

    def flush(self, shard: int) -> None:
        """Writes what is held. What could not be written (Retry) stays held."""
        held = self._held[shard]
        for collection in list(held):
            self._documents.upsert(collection, held[collection].values())
            del held[collection]

    def discard(self, shard: int) -> None:
        """Throws away what is held for a shard."""
        self._held.pop(shard, None)

    def settled(self, shard: int) -> bool:
        """Whether nothing is held."""
        return not self._held.get(shard)

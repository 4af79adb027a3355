"""Documents behind a buffer: nothing is written before the flush, and the highest version of each is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from events.handler import Retry
from stores.buffered import BufferedDocuments
from stores.ports import Versioned


class Journal:
    """Notes each transaction; fails while it is `away`."""

    def __init__(self) -> None:
        self.written: list[tuple[str, list[Versioned]]] = []
        self.away = False

    def upsert(self, collection: str, documents: Iterable[Versioned]) -> None:
        if self.away:
            raise Retry("the store is away")
        self.written.append((collection, list(documents)))


def document(id: str, version: int) -> Versioned:
    return Versioned("main", id, version, {"is": version})


def test_one_transaction_a_collection_holds_the_highest_version_of_each() -> None:
    journal = Journal()
    buffered = BufferedDocuments(journal)
    for id, version in [("a", 1), ("b", 1), ("a", 3), ("a", 2)]:
        buffered.upsert(0, "alerts", document(id, version))
    assert journal.written == []
    buffered.flush(0)
    buffered.flush(0)
    assert journal.written == [("alerts", [document("a", 3), document("b", 1)])]


def test_a_shard_is_flushed_and_thrown_away_alone() -> None:
    journal = Journal()
    buffered = BufferedDocuments(journal)
    buffered.upsert(0, "alerts", document("a", 1))
    buffered.upsert(1, "alerts", document("b", 1))
    buffered.discard(0)
    assert (buffered.settled(0), buffered.settled(1)) == (True, False)
    buffered.flush(0)
    buffered.flush(1)
    assert journal.written == [("alerts", [document("b", 1)])]


def test_what_could_not_be_written_stays_held() -> None:
    journal = Journal()
    buffered = BufferedDocuments(journal)
    buffered.upsert(0, "alerts", document("a", 1))
    journal.away = True
    with pytest.raises(Retry):
        buffered.flush(0)
    journal.away = False
    buffered.flush(0)
    assert journal.written == [("alerts", [document("a", 1)])]

"""Definitions as they are kept and told: revisions, what is told again, what a new state is fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from events.event import Event
from events.handler import Retry
from events.local import LocalLog
from events.log import shard_of
from events.payloads import Changed
from events.types import INBOX
from events.writer import Writer
from stores.definitions import DefinitionStore
from stores.ports import Conflict, Documents

SHARDS = 3


class FailingLog(LocalLog):
    """Refuses appends while it is `away`."""

    away = False

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None:
        if self.away:
            raise Retry("the log is away")
        super().append(topic, shard, events)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FailingLog]:
    log = FailingLog(tmp_path, SHARDS)
    yield log
    log.close()


@pytest.fixture
def store(documents: Documents, log: FailingLog) -> DefinitionStore:
    return DefinitionStore(documents, Writer(log, "api", lambda: 7))


def told(log: LocalLog, shard: int) -> list[tuple[str, int]]:
    return [(event.data.id, event.data.revision) for event in (r.event for r in log.read(INBOX, shard, 0, 100))]


def test_revisions_go_on_past_a_deletion(store: DefinitionStore) -> None:
    assert store.change("rule", "main", "a", {"id": "a"}, 0) == 1
    assert store.change("rule", "main", "a", None, 1) == 2
    assert (store.get("rule", "main", "a"), store.held("rule", "main", "a") is None) == (None, False)
    with pytest.raises(Conflict):
        store.change("rule", "main", "a", {"id": "a"}, 2)
    assert store.change("rule", "main", "a", {"id": "a"}, 0) == 3


def test_a_change_is_told_to_the_shards_it_concerns(store: DefinitionStore, log: FailingLog) -> None:
    store.change("rule", "main", "a", {"id": "a"})
    store.change("device", "main", "d", {"id": "d"})
    own = shard_of("main", "d", SHARDS)
    for shard in range(SHARDS):
        assert told(log, shard) == ([("a", 1), ("d", 1)] if shard == own else [("a", 1)])


def test_what_is_no_change_is_not_told(store: DefinitionStore, log: FailingLog) -> None:
    for _ in range(2):
        assert store.change("rule", "main", "a", {"id": "a"}) == 1
    assert told(log, 0) == [("a", 1)]


def test_what_could_not_be_told_is_told_again(store: DefinitionStore, log: FailingLog) -> None:
    log.away = True
    with pytest.raises(Retry):
        store.change("rule", "main", "a", {"id": "a"})
    assert told(log, 0) == []
    log.away = False
    assert store.change("rule", "main", "b", {"id": "b"}) == 1
    assert (store.resend(), store.resend()) == (1, 0)
    assert told(log, 0) == [("b", 1), ("a", 1)]


def test_of_two_changes_at_once_one_is_refused(documents: Documents, log: FailingLog) -> None:
    """The other comes between the reading and the writing of the first."""

    class Between:
        def __init__(self) -> None:
            self.act: Callable[[], object] = lambda: None

        def __getattr__(self, name: str) -> object:
            return getattr(documents, name)

        def put(self, *args: object) -> int:
            act, self.act = self.act, lambda: None
            act()
            return documents.put(*args)  # type: ignore[arg-type]  # passed on as they came

    between = Between()
    first = DefinitionStore(between, Writer(log, "api", lambda: 7))  # type: ignore[arg-type]  # the rest is passed on
    other = DefinitionStore(documents, Writer(log, "api", lambda: 7))
    between.act = lambda: other.change("rule", "main", "a", {"id": "a", "name": "other"})
    with pytest.raises(Conflict):
        first.change("rule", "main", "a", {"id": "a", "name": "first"})
    assert told(log, 0) == [("a", 1)]


def test_a_new_state_is_fed_all_that_concerns_its_shard(store: DefinitionStore) -> None:
    store.change("rule", "main", "a", {"id": "a"})
    store.change("rule", "other", "a", {"id": "a"})
    store.change("profile", "main", "p", {"id": "p"})
    store.change("profile", "main", "p", None)
    for i in range(30):
        store.change("device", "main", f"d{i}", {"id": f"d{i}"})
    devices = []
    for shard in range(SHARDS):
        fed = [(event.tenant, event.data, event.shard) for event in store.feed(shard)]
        assert {event.time for event in store.feed(shard)} == {7}, "a device fed to validate is not one of 1970"
        assert [(tenant, data) for tenant, data, _ in fed if data.kind != "device"] == [
            ("main", Changed(kind="profile", id="p", revision=2, document=None)),
            ("main", Changed(kind="rule", id="a", revision=1, document={"id": "a"})),
            ("other", Changed(kind="rule", id="a", revision=1, document={"id": "a"})),
        ]
        assert {place for _, _, place in fed} == {shard}
        devices += [data.id for _, data, _ in fed if data.kind == "device"]
    assert sorted(devices) == sorted(f"d{i}" for i in range(30))

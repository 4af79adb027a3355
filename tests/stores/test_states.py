"""Checkpoints over every implementation of objects and documents: one owner, whole saves, nothing left behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.checkpoint import Fenced, Saved, Verdict
from events.handler import Retry
from stores.collections import CHECKPOINTS
from stores.documents_sqlite import SqliteDocuments
from stores.ports import Documents, Objects
from stores.snapshots import Snapshot
from stores.states import EVERY_TENANT, SnapshotMissing, StoredCheckpoints

CHAIN = ("validate", "score", "alert")
SOURCE = "/inbox/0"


def _saved(n: int) -> Saved:
    """What differs at every position n."""
    return Saved(
        memoryview(b"\0state %d" % n),
        {"inbox": {SOURCE: f"{n:016}"}},
        {"telemetry": {"/inbox/0/validate": f"{n}"}},
        {"inbox": n},
    )


def _chain(n: int, functions: tuple[str, ...] = CHAIN) -> dict[str, Saved]:
    return {function: _saved(n) for function in functions}


@pytest.fixture
def owner(objects: Objects, documents: Documents) -> StoredCheckpoints:
    return StoredCheckpoints(objects, documents)


@pytest.fixture
def other(objects: Objects, documents: Documents) -> StoredCheckpoints:
    """Another process on the same stores."""
    return StoredCheckpoints(objects, documents)


def test_a_new_shard_has_nothing(owner: StoredCheckpoints) -> None:
    assert owner.take(0, CHAIN) == {function: Saved() for function in CHAIN}
    assert owner.verdicts(0, CHAIN) == []


def test_the_next_owner_gets_what_was_saved_last(owner: StoredCheckpoints, other: StoredCheckpoints) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    owner.save(0, _chain(2))
    assert other.take(0, CHAIN) == _chain(2)
    assert other.take(1, CHAIN) == {function: Saved() for function in CHAIN}


def test_an_older_owner_saves_nothing_more(
    owner: StoredCheckpoints, other: StoredCheckpoints, objects: Objects
) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    other.take(0, CHAIN)
    held = objects.names("states/")
    with pytest.raises(Fenced, match="validate on shard 0"):
        owner.save(0, _chain(9))
    with pytest.raises(Fenced):
        owner.give_up(0, Verdict("score", SOURCE, "9"))
    assert objects.names("states/") == held
    other.save(0, _chain(2))
    assert owner.take(0, CHAIN) == _chain(2)
    with pytest.raises(Fenced):
        other.save(0, _chain(3))


def test_who_never_took_a_function_cannot_save_it(owner: StoredCheckpoints) -> None:
    owner.take(0, ("validate",))
    with pytest.raises(Fenced, match="score"):
        owner.save(0, _chain(1, ("validate", "score")))


def test_one_function_taken_fences_the_whole_chain(owner: StoredCheckpoints, other: StoredCheckpoints) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    assert other.take(0, ("alert",)) == _chain(1, ("alert",))
    with pytest.raises(Fenced, match="alert"):
        owner.save(0, _chain(2))


def test_functions_find_their_state_in_whatever_chain_it_was_saved(
    owner: StoredCheckpoints, other: StoredCheckpoints, objects: Objects
) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    other.take(0, ("score", "alert"))
    other.save(0, _chain(5, ("score", "alert")))
    assert owner.take(0, ("validate",)) == _chain(1, ("validate",))
    owner.save(0, _chain(7, ("validate",)))
    assert other.take(0, CHAIN) == {**_chain(7, ("validate",)), **_chain(5, ("score", "alert"))}
    other.save(0, _chain(8))
    other.save(0, _chain(9))
    assert [name.split("/")[1] for name in objects.names("states/")] == ["validate+score+alert"] * 2


def test_two_snapshots_of_a_chain_are_kept(
    owner: StoredCheckpoints, other: StoredCheckpoints, objects: Objects
) -> None:
    owner.take(0, CHAIN)
    owner.take(1, CHAIN)
    owner.save(1, _chain(1))
    for n in range(4):
        owner.save(0, _chain(n))
    kept = objects.names("states/validate+score+alert/0/")
    assert [snapshot.epoch for snapshot in Snapshot.parse(kept)] == [1, 1]
    other.take(0, CHAIN)
    other.save(0, _chain(5))
    kept = objects.names("states/validate+score+alert/0/")
    assert [snapshot.epoch for snapshot in Snapshot.parse(kept)] == [1, 2]
    assert len(objects.names("states/validate+score+alert/1/")) == 1


def test_a_crash_before_the_pointer_leaves_what_was_saved_before(
    owner: StoredCheckpoints, other: StoredCheckpoints, objects: Objects
) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    stray = Snapshot(CHAIN, 0, 1, 2).name
    objects.put(stray, b"whole or not, nobody points here")
    assert other.take(0, CHAIN) == _chain(1)
    other.save(0, _chain(2))
    assert stray not in objects.names("states/")


class Away(SqliteDocuments):
    """Documents that are away for writes while `away` is set."""

    away = False

    def put(self, collection: str, tenant: str, id: str, body: Mapping[str, Any], expect: int) -> int:
        if self.away:
            raise Retry("documents are away")
        return super().put(collection, tenant, id, body, expect)


def test_a_save_that_met_absence_is_no_save_and_leaves_nothing_in_the_end(objects: Objects, tmp_path: Any) -> None:
    documents = Away(tmp_path / "away.db")
    owner = StoredCheckpoints(objects, documents)
    owner.take(0, CHAIN)
    for n in (1, 2):
        owner.save(0, _chain(n))
    documents.away = True
    for n in (3, 4, 5):
        with pytest.raises(Retry):
            owner.save(0, _chain(n))
    documents.away = False
    owner.save(0, _chain(6))
    assert len(objects.names("states/")) == 2
    assert owner.take(0, CHAIN) == _chain(6)
    documents.close()


def test_another_chains_snapshot_on_its_way_is_let_be(
    owner: StoredCheckpoints, other: StoredCheckpoints, objects: Objects
) -> None:
    """Between object and pointer of one pod another pod of the same shard saves and cleans."""
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    on_its_way = Snapshot(CHAIN, 0, 1, 2).name
    objects.put(on_its_way, b"")
    other.take(0, ("record",))
    other.save(0, _chain(1, ("record",)))
    assert on_its_way in objects.names("states/")


def test_objects_of_others_below_states_do_no_harm(owner: StoredCheckpoints, objects: Objects) -> None:
    objects.put("states/readme", b"")
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    assert "states/readme" in objects.names("")


def test_a_missing_snapshot_stops_the_shard_with_its_name(owner: StoredCheckpoints, objects: Objects) -> None:
    owner.take(0, CHAIN)
    owner.save(0, _chain(1))
    for name in objects.names("states/"):
        objects.delete(name)
    with pytest.raises(SnapshotMissing, match=r"states/validate\+score\+alert/0/.* is not there"):
        owner.take(0, CHAIN)


def test_a_verdict_is_kept_until_its_event_is_behind(owner: StoredCheckpoints, other: StoredCheckpoints) -> None:
    owner.take(0, CHAIN)
    verdict = Verdict(
        "score", SOURCE, f"{5:016}", rows=(1, 7), deadlines=(("due", "main", "pump"),), error="KeyError: 'x'"
    )
    owner.give_up(0, Verdict("score", SOURCE, f"{5:016}", rows=(1,)))
    owner.give_up(0, verdict)
    owner.save(0, _chain(4))
    assert other.verdicts(0, CHAIN) == [verdict]
    assert other.verdicts(0, ("alert",)) == []
    assert other.verdicts(1, CHAIN) == []
    owner.save(0, _chain(5))
    assert other.verdicts(0, CHAIN) == []


def test_a_verdict_waits_for_every_topic_in_which_its_source_is_met(owner: StoredCheckpoints) -> None:
    """A function may have got further in one topic than in another."""
    owner.take(0, ("materialize",))
    owner.give_up(0, Verdict("materialize", SOURCE, "05"))
    owner.save(0, {"materialize": Saved(applied={"device": {SOURCE: "03"}, "rejected": {SOURCE: "09"}})})
    assert len(owner.verdicts(0, ("materialize",))) == 1
    owner.save(0, {"materialize": Saved(applied={"device": {SOURCE: "05"}, "rejected": {SOURCE: "09"}})})
    assert owner.verdicts(0, ("materialize",)) == []


def test_the_pointer_is_one_small_document_a_shard(owner: StoredCheckpoints, documents: Documents) -> None:
    owner.take(3, CHAIN)
    owner.save(3, _chain(1))
    document = documents.get(CHECKPOINTS, EVERY_TENANT, "3")
    assert document is not None
    assert document.revision == 2
    assert set(document.body["functions"]) == set(CHAIN)


STEP = st.tuples(st.integers(0, 2), st.sampled_from(["take", "save", "save", "crash"]), st.integers(0, 3))
GROUPS = [CHAIN, ("validate",), ("score", "alert"), ("alert",)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=25))
def test_whatever_owners_do_a_function_is_what_its_last_rightful_owner_saved(
    objects: Objects, documents: Documents, steps: list[tuple[int, str, int]]
) -> None:
    shard = documents.count(CHECKPOINTS, EVERY_TENANT, {})  # one that no example before has used
    owners = [StoredCheckpoints(objects, documents) for _ in range(3)]
    took: dict[int, tuple[str, ...]] = {}
    holder: dict[str, int] = {}
    want: dict[str, Saved] = {}
    for n, (who, what, group) in enumerate(steps):
        if what == "take":
            took[who] = GROUPS[group]
            assert owners[who].take(shard, took[who]) == {f: want.get(f, Saved()) for f in took[who]}
            holder.update(dict.fromkeys(took[who], who))
        elif what == "crash":
            owners[who] = StoredCheckpoints(objects, documents)
            took.pop(who, None)
        elif who in took:
            rightful = all(holder[f] == who for f in took[who])
            try:
                owners[who].save(shard, _chain(n, took[who]))
            except Fenced:
                assert not rightful
            else:
                assert rightful
                want.update(_chain(n, took[who]))
    assert owners[0].take(shard, CHAIN) == {f: want.get(f, Saved()) for f in CHAIN}

"""The contract of Documents."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stores.ports import Conflict, Document, Documents, Versioned


def _fill(documents: Documents, bodies: dict[str, dict[str, Any]], collection: str = "alerts") -> None:
    documents.upsert(collection, [Versioned("main", id, 1, body) for id, body in bodies.items()])


def _ids(documents: Documents, where: dict[str, Any], **more: Any) -> list[str]:
    return [document.id for document in documents.find("alerts", "main", where, **more)[0]]


def test_put_counts_revisions_from_one(documents: Documents) -> None:
    assert documents.get("rules", "main", "hot") is None
    assert documents.put("rules", "main", "hot", {"value": 8}, 0) == 1
    assert documents.put("rules", "main", "hot", {"value": 9, "note": "é\n"}, 1) == 2
    assert documents.get("rules", "main", "hot") == Document("hot", 2, {"value": 9, "note": "é\n"})


@pytest.mark.parametrize("expect", [0, 1, 3])
def test_put_at_another_revision_is_a_conflict_and_changes_nothing(documents: Documents, expect: int) -> None:
    documents.put("rules", "main", "hot", {"value": 1}, 0)
    documents.put("rules", "main", "hot", {"value": 2}, 1)
    with pytest.raises(Conflict, match="hot"):
        documents.put("rules", "main", "hot", {"value": 3}, expect)
    assert documents.get("rules", "main", "hot") == Document("hot", 2, {"value": 2})


def test_of_many_who_expect_the_same_revision_one_writes(documents: Documents) -> None:
    documents.put("checkpoints", "", "0", {"owner": -1}, 0)

    def take(owner: int) -> bool:
        try:
            documents.put("checkpoints", "", "0", {"owner": owner}, 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [owner for owner, took in enumerate(pool.map(take, range(32))) if took]
    document = documents.get("checkpoints", "", "0")
    assert document is not None
    assert [document.body["owner"]] == won


def test_delete_expects_a_revision_too(documents: Documents) -> None:
    documents.put("rules", "main", "hot", {}, 0)
    with pytest.raises(Conflict):
        documents.delete("rules", "main", "hot", 2)
    documents.delete("rules", "main", "hot", 1)
    assert documents.get("rules", "main", "hot") is None
    with pytest.raises(Conflict):
        documents.delete("rules", "main", "hot", 1)
    assert documents.put("rules", "main", "hot", {}, 0) == 1


def test_upsert_keeps_the_highest_version_in_any_order(documents: Documents) -> None:
    versions = [Versioned("main", "a", version, {"version": version}) for version in (3, 5, 5, 4)]
    documents.upsert("alerts", versions)
    documents.upsert("alerts", [Versioned("main", "a", 5, {"version": "another"}), Versioned("main", "b", 1, {})])
    documents.upsert("alerts", [])
    assert documents.get("alerts", "main", "a") == Document("a", 5, {"version": 5})
    assert documents.get("alerts", "main", "b") == Document("b", 1, {})


def test_what_was_written_is_there_after_opening_again(open_documents: Callable[[], Documents]) -> None:
    first = open_documents()
    first.put("rules", "main", "hot", {"value": 8}, 0)
    first.upsert("alerts", [Versioned("main", "a", 7, {"state": "active"})])
    again = open_documents()
    assert again.get("rules", "main", "hot") == Document("hot", 1, {"value": 8})
    assert again.get("alerts", "main", "a") == Document("a", 7, {"state": "active"})


def test_tenants_and_collections_are_apart(documents: Documents) -> None:
    documents.put("rules", "main", "x", {"of": "main"}, 0)
    documents.put("rules", "other", "x", {"of": "other"}, 0)
    documents.put("profiles", "main", "x", {"of": "profiles"}, 0)
    found, _ = documents.find("rules", "other", {})
    assert [document.body for document in found] == [{"of": "other"}]
    assert documents.count("rules", "main", {}) == 1
    assert documents.tenants("rules") == ["main", "other"]
    assert documents.tenants("alerts") == []


def test_find_by_value_by_any_of_and_by_none(documents: Documents) -> None:
    _fill(
        documents,
        {
            "a": {"state": "active", "severity": "major", "by": {"name": "x"}, "late": True},
            "b": {"state": "active", "severity": "minor", "by": None, "late": False},
            "c": {"state": "cleared", "severity": "major"},
        },
    )
    assert _ids(documents, {"state": "active"}) == ["a", "b"]
    assert _ids(documents, {"state": "active", "severity": ["major", "critical"]}) == ["a"]
    assert _ids(documents, {"severity": []}) == []
    assert _ids(documents, {"by.name": "x"}) == ["a"]
    assert _ids(documents, {"by": None}) == ["b", "c"]
    assert _ids(documents, {"late": True}) == ["a"]
    assert _ids(documents, {"id": ["c", "a", "z"]}) == ["a", "c"]
    assert documents.count("alerts", "main", {"state": "active"}) == 2


def test_find_in_a_range(documents: Documents) -> None:
    _fill(documents, {f"m{n}": {"minute": n * 60} for n in range(5)})
    assert _ids(documents, {"minute>=": 60, "minute<": 180}) == ["m1", "m2"]
    assert _ids(documents, {"minute>=": 61}, order="minute", descending=True) == ["m4", "m3", "m2"]
    assert _ids(documents, {"id>=": "m3"}) == ["m3", "m4"]


def test_an_unknown_collection_is_empty_and_a_bad_name_is_refused(documents: Documents) -> None:
    assert documents.find("never_seen", "main", {}) == ([], None)
    assert documents.count("never_seen", "main", {}) == 0
    with pytest.raises(ValueError, match="collection"):
        documents.get('a"; DROP TABLE x', "main", "a")
    with pytest.raises(ValueError, match="field"):
        documents.find("alerts", "main", {"a') OR 1 --": 1})


def test_a_cursor_of_elsewhere_is_refused(documents: Documents) -> None:
    with pytest.raises(ValueError, match="begin again"):
        documents.find("alerts", "main", {}, after="nonsense!")


BODIES = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional={"at": st.sampled_from([None, 0, 1, 2, 2.5])}),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES, st.sampled_from(["at", "id"]), st.booleans(), st.integers(1, 5))
def test_pages_hold_each_document_once_in_order(
    documents: Documents, bodies: dict[str, dict[str, Any]], order: str, descending: bool, limit: int
) -> None:
    for old in documents.find("alerts", "main", {}, limit=1000)[0]:
        documents.delete("alerts", "main", old.id, old.revision)
    _fill(documents, bodies)
    got, after = [], None
    for _ in range(len(bodies) + 1):
        page, after = documents.find("alerts", "main", {}, order, descending, after, limit)
        assert len(page) <= limit
        got += [document.id for document in page]
        if after is None:
            break
    at = {id: body.get("at") for id, body in bodies.items()}
    rank = {id: (value is not None, value or 0) if order == "at" else (True, 0) for id, value in at.items()}
    assert got == sorted(bodies, key=lambda id: (rank[id], id), reverse=descending)


def test_a_reader_does_not_wait_for_a_writer(documents: Documents) -> None:
    """Many threads read and write at once; none fails and nothing is half written."""
    _fill(documents, {"a": {"x": 0, "y": 0}})

    def write(n: int) -> None:
        documents.upsert("alerts", [Versioned("main", "a", n + 2, {"x": n, "y": n})])

    def read(_: int) -> bool:
        document = documents.get("alerts", "main", "a")
        return document is not None and document.body["x"] == document.body["y"]

    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, n) for n in range(50)]
        assert all(pool.map(read, range(200)))
        for done in writes:
            done.result()
    assert documents.get("alerts", "main", "a") == Document("a", 51, {"x": 49, "y": 49})

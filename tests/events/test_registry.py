"""Definitions as a function holds them: what is derived of them follows each change, whatever was asked before."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.payloads import Changed
from events.registry import Definitions
from events.state import Layout, State

DOCUMENTS: dict[str, list[dict[str, Any] | None]] = {
    "profile": [None, {"devices": ["a*"]}, {"devices": ["*"]}, {"devices": []}],
    "device": [None, {}, {"profile": "a1"}, {"profile": "b1"}, {"profile": "gone"}],
    "rule": [None, {"when": {"kind": "missing", "for": "9s"}}],
}
IDS = ("a1", "b1", "b2")
CHANGE = st.sampled_from(sorted(DOCUMENTS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(IDS), st.sampled_from(DOCUMENTS[kind]))
)


def seen(definitions: Definitions) -> list[object]:
    """All that can be asked."""
    held = [definitions.get(kind, id) for kind in DOCUMENTS for id in IDS]
    return [*held, *(definitions.profile(id) for id in IDS), *(definitions.ids(kind) for kind in DOCUMENTS)]


@given(st.lists(CHANGE, max_size=12))
def test_what_was_derived_follows_every_change(changes: list[tuple[Any, str, dict[str, Any] | None]]) -> None:
    state = State(Layout(1))
    asked = Definitions.of(state, "main")
    for revision, (kind, id, document) in enumerate(changes, 1):
        whole = {"id": id, **document} if document is not None else None
        assert asked.change(Changed(kind=kind, id=id, revision=revision, document=whole))
        assert seen(asked) == seen(Definitions(state, "main"))


def test_a_revision_that_is_not_higher_is_passed_over() -> None:
    definitions = Definitions(State(Layout(1)))
    for revision, taken in ((2, True), (2, False), (1, False)):
        document = {"id": "a1", "name": str(revision)}
        assert definitions.change(Changed(kind="device", id="a1", revision=revision, document=document)) is taken
    assert definitions.get("device", "a1").name == "2"

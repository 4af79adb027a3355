"""The law as a property, searched: any script of an inbox, any operations on pods, any fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.law.plays import NAMES, Run, consistent, facts, inbox_of, same
from tests.law.test_known import cuts, faults, redelivery

EXAMPLES = 100

ROW = st.tuples(
    st.integers(0, 1), st.sampled_from([0, 0, 1, 2, 70, 200, 200, -100]), st.sampled_from([0, 0, 1, 50, 50, 13, 66])
)
ITEM = st.one_of(
    st.tuples(st.just("rows"), st.lists(ROW, min_size=1, max_size=3)),
    st.tuples(st.just("tick"), st.sampled_from([1, 60, 60, 600])),
    st.tuples(st.sampled_from(["rule", "ack", "ack", "refused"]), st.integers(0, 1)),
    st.tuples(st.just("restart"), st.integers(0, 12)),
)
SCRIPT = st.lists(ITEM, min_size=1, max_size=20)


def op(what: str, a: Any = None, n: Any = None) -> Any:
    """An operation on a pod, with any arguments or those given."""
    return st.tuples(st.just(what), st.integers(0, 8) if a is None else a, st.integers(0, 9) if n is None else n)


ANY = st.lists(st.one_of(*(op(w) for w in ("step", "step", "save", "crash", "paused", "zombie", "move"))), max_size=14)
STORY = st.tuples(
    op("step", st.just(0), st.integers(2, 5)), op("paused"), op("zombie"), op("step", st.just(0), st.integers(1, 3)),
    op("save"),
    op("move"), op("zombie"),
).map(list)  # fmt: skip
CRASHES = st.lists(st.one_of(op("step"), op("crash")), max_size=12)
OPS = st.one_of(ANY, STORY, CRASHES, st.tuples(STORY, ANY).map(lambda x: x[0] + x[1]))
FAILS = st.dictionaries(
    st.sampled_from(["validate", "score", "alert", "record", ("validate", "due"), ("alert", "due")]),
    st.integers(1, 3),
    max_size=1,
)


@settings(max_examples=EXAMPLES)
@given(SCRIPT, OPS, FAILS)
def test_stops_starts_repeats_and_moves(script: Any, ops: Any, fails: Any) -> None:
    faults(script, ops, fails)


@settings(max_examples=EXAMPLES)
@given(SCRIPT)
def test_any_cut_into_batches(script: Any) -> None:
    cuts(script)


@settings(max_examples=EXAMPLES)
@given(SCRIPT)
def test_redelivery_by_a_new_writer(script: Any) -> None:
    """Not so for a reading rejected as future: later it no longer is. So none here is, and no gap forgets a series."""
    known = [
        (what, [(d, abs(back), v) for d, back, v in x] if what == "rows" else min(x, 60)) for what, x in script
    ]  # fmt: skip
    redelivery(known)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("k", range(4))
def test_exception_after_k_outputs(name: str, k: int) -> None:
    script = [
        ("rows", [(0, 0, 0), (1, 0, 0), (0, 0, 1)]), ("rows", [(0, 0, 0), (0, -100, 1), (1, -100, 2)]),
        ("rows", [(0, 0, 50), (1, 0, 13), (1, 0, 50)]), ("ack", 0), ("tick", 60), ("tick", 60),
        ("rows", [(0, 0, 0), (1, 0, 0)]),
    ]  # fmt: skip
    inbox = inbox_of(script)
    got = Run(inbox, after={name: k}).play([("step", 0, 3), ("save", 0, 0)])
    consistent(got)
    same(facts(got), facts(Run(inbox).play()))

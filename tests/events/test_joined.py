"""Batches joined to one: the same rows in the same order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.joined import joined
from events.readings import Readings, Row

FLAGS = (st.booleans(), st.booleans(), st.integers(0, 2))
NUMBERS = st.builds(
    Row, st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 9), st.integers(0, 9), st.floats(0, 9),
    st.none(), *FLAGS,
)  # fmt: skip
TEXTS = st.builds(
    Row, st.sampled_from("ab"), st.just("t"), st.integers(0, 9), st.integers(0, 9), st.just(float("nan")),
    st.sampled_from(["on", "off"]), *FLAGS,
)  # fmt: skip


@given(st.lists(st.lists(NUMBERS | TEXTS, max_size=4), min_size=1, max_size=5))
def test_rows_stay_as_they_are_and_in_order(batches: list[list[Row]]) -> None:
    whole = joined([Readings.of(rows) for rows in batches])
    assert str(list(whole.rows())) == str([row for rows in batches for row in rows])
    assert len(set(whole.devices)) == len(whole.devices)
    assert (whole.text is None) == all(row.text is None for rows in batches for row in rows)


def test_nothing_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="no batches"):
        joined([])

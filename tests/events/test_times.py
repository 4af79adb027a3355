"""Times that come in can all be told again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.times import from_rfc3339, rfc3339

FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""µs: the years 1 to 9999."""


@given(st.integers(FIRST, LAST))
def test_a_time_is_read_as_it_was_written(time: int) -> None:
    assert from_rfc3339(rfc3339(time)) == time


def test_a_year_has_four_digits() -> None:
    assert rfc3339(FIRST) == "0001-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+00:01", "2026-11-24T12:00:00"],
)
def test_what_no_utc_time_names_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|years"):
        from_rfc3339(text)

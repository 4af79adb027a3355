"""A trace goes on from hop to hop, and what is no trace is ignored."""

from __future__ import annotations

import pytest

from events import trace

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_each_trace_is_another_one() -> None:
    first, second = trace.begun(), trace.begun()
    assert trace.trace_id(first) != trace.trace_id(second)
    assert len(first) == len(GIVEN)


def test_a_hop_keeps_the_trace_and_its_flags_and_has_a_span_of_its_own() -> None:
    onward = trace.onward(GIVEN[:-1] + "0")
    assert (onward[:36], onward[-3:]) == (GIVEN[:36], "-00")
    assert onward[36:52] != GIVEN[36:52]


def test_a_later_version_is_read() -> None:
    assert trace.trace_id("cc" + GIVEN[2:] + "-more") == GIVEN[3:35]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        GIVEN.upper(),
        "ff" + GIVEN[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        GIVEN[:36] + "0" * 16 + "-01",
    ],
)
def test_what_is_no_traceparent_is_ignored(given: str) -> None:
    assert trace.trace_id(given) == ""
    assert trace.trace_id(trace.onward(given)) != ""

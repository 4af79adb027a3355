"""Judged at a stroke or one by one, a reading violates the same rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from events.definitions import Rate, Rule, Threshold
from functions.alert.conditions import NO_TIME, Condition, Reading, condition
from functions.alert.limits import Limits
from functions.alert.series import Newer

OP = st.sampled_from([">", ">=", "<", "<="])
NUMBER = st.one_of(st.sampled_from([-1.0, 0.0, 0.1, 0.3, 1.0, 3.0, 1e308, -1e308]), st.floats(-10, 10))
TIME = st.sampled_from([1, 3, 7, 1_000_000, 59_999_999, 60_000_000, 60_000_001, 3_600_000_000])


def _condition(op: Any, value: float, per: str | None) -> Condition:
    when: Threshold | Rate = Threshold(op=op, value=value, max_gap="1m")
    if per is not None:
        when = Rate(op=op, value=value, per=per, max_gap="1m")
    return condition(Rule(id="r", metric="m", when=when), when)


CONDITION = st.builds(_condition, OP, NUMBER, st.sampled_from([None, "1s", "1m"]))


@given(CONDITION, st.lists(st.tuples(TIME, NUMBER), min_size=1, max_size=8))
def test_at_a_stroke_as_one_by_one(rule: Condition, steps: list[tuple[int, float]]) -> None:
    times = np.cumsum([step for step, _ in steps]).tolist()
    points = [(NO_TIME, 0.0), *zip(times, (value for _, value in steps), strict=True)]
    readings = [Reading(*now, *before, received=0) for before, now in pairwise(points)]
    columns = (np.array([getattr(r, name) for r in readings]) for name in ("time", "value", "last_time", "last_value"))
    place = np.arange(len(readings))
    newer = Newer(place, place, *cast(Any, columns))
    found = Limits([rule]).violated(np.zeros((len(readings), 1), np.int64), newer)
    measures = [rule.measure(reading) for reading in readings]
    assert found.tolist() == [measure is not None and rule.violated(measure) for measure in measures]

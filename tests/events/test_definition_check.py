"""What is a definition: numbers that no JSON can hold are none, wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from events.definition_check import Unfit, check

INF = float("inf")


@pytest.mark.parametrize(
    ("kind", "rest", "field"),
    [
        ("rule", {"metric": "t", "when": {"kind": "threshold", "op": ">", "value": INF}}, "when.value"),
        ("rule", {"metric": "t", "when": {"kind": "anomaly", "min_score": float("nan")}}, "when.min_score"),
        ("profile", {"metrics": {"t": {"min": -INF}}}, "metrics.t.min"),
        ("device", {"lat": INF}, "lat"),
    ],
)
def test_a_number_that_is_not_finite_is_refused_with_its_path(kind: str, rest: dict[str, Any], field: str) -> None:
    with pytest.raises(Unfit) as refused:
        check(kind, {"id": "a", **rest})
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize("when", [{"kind": "anomaly"}, {"kind": "missing", "for": "60s"}])
def test_a_metric_without_a_name_is_refused(when: dict[str, Any]) -> None:
    with pytest.raises(Unfit) as refused:
        check("rule", {"id": "a", "metric": "", "when": when})
    assert [fault.field for fault in refused.value.faults] == ["metric"]

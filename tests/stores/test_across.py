"""The contract of `Series.across`: one metric of all devices drawn together, whatever has replaced what."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from events.readings import Row
from stores.ports import WIDTHS, Points, Series, Table
from tests.stores.history import HOUR, MINUTE, put

T = 1_795_485_600_000_000
SECOND = 1_000_000
STEPS: list[tuple[Table, int]] = [
    ("raw", 10 * SECOND),
    ("raw", HOUR),
    ("1m", 5 * MINUTE),
    ("1h", HOUR),
    ("1h", 24 * HOUR),
]


def readings(seed: int, devices: int = 7, count: int = 300) -> list[Row]:
    """Over three hours."""
    random = Random(seed)
    rows = [
        Row(f"pump-{random.randrange(devices)}", "flow", T + random.randrange(3 * HOUR), T, random.gauss(20, 5))
        for _ in range(count)
    ]
    return list({(row.device, row.time): row for row in rows}.values())


def expected(rows: Iterable[Row], step: int) -> dict[int, tuple[Any, ...]]:
    """start → min, max, sum, count."""
    cells: dict[int, list[float]] = {}
    for row in rows:
        if row.text is None and row.metric == "flow":
            cells.setdefault(row.time // step * step, []).append(row.value)
    return {at: (min(c), max(c), pytest.approx(sum(c)), len(c)) for at, c in cells.items()}


def found(points: Points) -> dict[int, tuple[float, float, float, int]]:
    columns = (points.min, points.max, points.sum, points.count)
    rows = zip(*(column.tolist() for column in columns if column is not None), strict=True)
    return dict(zip(points.time.tolist(), rows, strict=True))


def across(series: Series, table: Table, step: int, tenant: str = "main") -> dict[int, tuple[float, float, float, int]]:
    return found(series.across(tenant, "flow", table, T // step * step, T + 3 * HOUR, step))


@pytest.mark.parametrize(("table", "step"), STEPS)
def test_all_devices_are_drawn_together(series: Series, table: Table, step: int) -> None:
    rows = readings(1)
    put(series, 0, [*rows, Row("pump-0", "heat", T, T, 999.0), Row("pump-1", "mode", T, T, float("nan"), "on")])
    put(series, 1, [Row("pump-0", "flow", T, T, -999.0)], tenant="other")
    series.flush(0)
    assert across(series, table, step) == expected(rows, step)


@pytest.mark.parametrize(("table", "step"), STEPS)
def test_what_was_replaced_does_not_count(series: Series, table: Table, step: int) -> None:
    """By another number, and by text: of a minute nothing is left."""
    rows = readings(2)
    alone = Row("pump-0", "flow", T + 2 * HOUR + 30 * MINUTE, T, 1e6)
    kept = [row for row in rows if row.time // MINUTE != alone.time // MINUTE]
    put(series, 0, [*kept, alone])
    series.flush(0)
    changed = kept[0]._replace(value=-50.0, revised=True)
    gone = alone._replace(value=float("nan"), text="broken", revised=True)
    put(series, 1, [changed, gone])
    series.flush(0)
    assert across(series, table, step) == expected([changed, *kept[1:]], step)


@pytest.mark.parametrize("table", ["raw", *WIDTHS])
def test_the_range_holds_its_start_and_not_its_stop(series: Series, table: Table) -> None:
    put(series, 0, [Row(d, "flow", T + n * HOUR, T, float(n)) for d in ("a", "b") for n in range(4)])
    series.flush(0)
    points = series.across("main", "flow", table, T + HOUR, T + 3 * HOUR, HOUR)
    assert found(points) == {T + HOUR: (1.0, 1.0, 2.0, 2), T + 2 * HOUR: (2.0, 2.0, 4.0, 2)}


def test_a_metric_that_nobody_tells_is_empty(series: Series) -> None:
    assert across(series, "raw", HOUR, tenant="nobody") == {}
    put(series, 0, readings(3))
    series.flush(0)
    points = series.across("main", "heat", "1h", T, T + HOUR, HOUR)
    assert found(points) == {}

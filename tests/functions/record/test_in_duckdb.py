"""A day's readings in any order and number, as the embedded store has them in the end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from events.state import State
from functions.record.handler import LAYOUT, handle
from stores.ports import WIDTHS
from stores.series_duckdb import DuckdbSeries
from tests.functions.record.test_record import HOUR, START, a_day, flagged, in_batches

FOR_EVER = (0, START + 48 * HOUR)


def stored(folder: Path, readings: Iterable[tuple[int, float, str]], seed: int) -> tuple[Any, list[Any]]:
    """Raw rows without what tells how they came, and all columns of all rollups."""
    folder.mkdir()
    series, state = DuckdbSeries(folder / "series.duckdb"), State(LAYOUT)
    random = Random(seed)
    for event in in_batches(list(flagged(readings)), random, 600):
        list(handle(event, state=state, series=series))
        if random.random() < 0.2:
            series.flush(1)
    series.flush(1)
    raw = series.readings("main", "pump-1", None, *FOR_EVER, None, 100_000)
    metrics = series.metrics("main", "pump-1")
    rolled = [series.rolled("main", "pump-1", m, w, *FOR_EVER, us) for m in metrics for w, us in WIDTHS.items()]
    series.close()
    return [(row.metric, row.time, row.value) for row in raw], rolled


def test_any_permutation_and_duplication_of_a_day_gives_the_same_rows(tmp_path: Path) -> None:
    random, day = Random(7), a_day(7)
    raw, rolled = stored(tmp_path / "in order", sorted(day), 1)
    again, rolled_again = stored(tmp_path / "anyhow", random.sample(day, len(day)) + random.choices(day, k=300), 2)
    assert again == raw
    assert len(raw) == len(day)
    for one, other in zip(rolled, rolled_again, strict=True):
        for name in ("time", "first", "min", "max", "last", "count"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
        assert other.sum.tolist() == pytest.approx(one.sum.tolist(), rel=1e-12)

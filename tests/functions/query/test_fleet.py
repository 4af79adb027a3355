"""`/series?devices=*&over=devices`: what all devices told, against its definition; rollups made by record itself."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from events.payloads import Ticked
from events.readings import Readings, Row
from tests.functions.query.test_charts import Recorder
from tests.functions.web import DAY, HOUR, MINUTE, NOON, SECOND, Web

DEVICES = [f"pump-{n}" for n in range(5)]


def told(start: int, stop: int, every: int) -> list[Row]:
    random = Random(4)
    return [
        Row(device, "heat", time + n, time + n, random.gauss(20, 5))
        for time in range(start, stop, every)
        for n, device in enumerate(DEVICES)
        if random.random() < 0.8  # some tell more than others
    ]


def asked(web: Web, start: int, stop: int, px: int = 1000, **more: Any) -> Any:
    names = {"devices": "*", "metrics": "heat", "over": "devices", **more}
    return web.get("series", from_=start / 1000, to=stop / 1000, px=px, **names)


def matches(answer: Any, rows: Iterable[Row]) -> None:
    t0, step = round(answer["t0"] * 1000), round(answer["step"] * 1000)
    cells: list[list[float]] = [[] for _ in range(answer["n"])]
    for row in rows:
        if 0 <= (at := (row.time - t0) // step) < len(cells):
            cells[at].append(row.value)
    assert any(cells)
    (series,) = answer["series"]
    assert series["mean"] == [pytest.approx(sum(cell) / len(cell)) if cell else None for cell in cells]
    assert series["min"] == [min(cell, default=None) for cell in cells]
    assert series["max"] == [max(cell, default=None) for cell in cells]
    assert series["count"] == [len(cell) for cell in cells]


def recorded(web: Web, rows: list[Row]) -> None:
    recorder = Recorder(web)
    for at in range(0, len(rows), 500):
        recorder.give(Readings.of(rows[at : at + 500]))
    recorder.give(Ticked(clock=NOON))


@pytest.mark.parametrize(
    ("span", "px", "source"), [(HOUR, 1000, "raw"), (10 * HOUR, 100, "rollup:1m"), (6 * DAY, 100, "rollup:1h")]
)
def test_all_devices_as_one_up_to_the_newest_reading(web: Web, span: int, px: int, source: str) -> None:
    rows = told(NOON - 9 * HOUR, NOON + 30 * SECOND, 20 * SECOND)
    recorded(web, rows)
    answer = asked(web, NOON - span, NOON + MINUTE, px)
    assert answer["source"] == source
    assert [(s["id"], s["device"], s["metric"]) for s in answer["series"]] == [("*/heat", "*", "heat")]
    matches(answer, rows)


def test_wide_ranges_need_no_raw_readings(web: Web) -> None:
    rows = told(NOON - 9 * HOUR, NOON - 2 * HOUR, 20 * SECOND)
    recorded(web, rows)
    web.series.trim("main", "raw", NOON + DAY)
    matches(asked(web, NOON - 9 * HOUR, NOON, 100), rows)
    matches(asked(web, NOON - 9 * HOUR, NOON, 100, source="rollup:1h"), rows)


def test_before_the_first_tick_raw_readings_are_drawn(web: Web) -> None:
    rows = told(NOON - 9 * HOUR, NOON, 60 * SECOND)
    web.record(rows)
    web.facts.now = None
    matches(asked(web, NOON - 10 * HOUR, NOON, 100), rows)


def test_as_csv(web: Web) -> None:
    web.record(
        [Row(device, "heat", NOON - SECOND, NOON, value) for device, value in (("a", 1.0), ("b", 4.0), ("c", 4.0))]
    )
    names: dict[str, Any] = {
        "devices": "*",
        "metrics": "heat",
        "over": "devices",
        "from": NOON / 1000 - 60_000,
        "to": NOON / 1000,
    }
    answer = web.client.get("series", params=names, headers={"accept": "text/csv"})
    head, row = csv.reader(answer.text.splitlines())
    assert head == ["time", "device", "metric", "unit", "mean", "min", "max", "count"]
    assert row[1:] == ["*", "heat", "", "3.0", "1.0", "4.0", "3"]


@pytest.mark.parametrize(
    "names", [{"devices": "*"}, {"devices": "pump-1", "over": "devices"}, {"devices": "*,a", "over": "devices"}]
)
def test_all_and_over_devices_go_together(web: Web, names: dict[str, str]) -> None:
    answer = web.client.get("series", params={"metrics": "heat", **names})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "over")

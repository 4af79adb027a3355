"""`/series`: what a chart is given, against what is stored; rollups made by record itself."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from events import types
from events.event import Event, root_sequence, root_source
from events.payloads import Ticked
from events.readings import Readings, Row
from events.state import State
from functions.query.ladder import STEPS, grid
from functions.record.handler import LAYOUT, handle
from tests.functions.web import DAY, HOUR, MINUTE, NOON, SECOND, Web, refusal

NAN = float("nan")


class Recorder:
    """record on shard 0, flushed after every record."""

    def __init__(self, web: Web) -> None:
        self._web, self._state, self._offset = web, State(LAYOUT), 0

    def give(self, data: Any) -> None:
        self._offset += 1
        type = types.CLOCK_TICKED if isinstance(data, Ticked) else types.TELEMETRY_VALIDATED
        event = Event(type, data, 0, source=root_source(0), sequence=root_sequence(self._offset))
        for given in handle(event, state=self._state, series=self._web.series):
            assert given.type == types.LEDGER_COUNTED
        self._web.series.flush(0)


def rows(times: Iterable[int], seed: int = 1, metric: str = "heat") -> list[Row]:
    random = Random(seed)
    return [Row("pump-1", metric, time, time, random.gauss(20, 5)) for time in times]


def chart(web: Web, start: int, stop: int, px: int = 1000, **more: Any) -> Any:
    names = {"devices": "pump-1", "metrics": "heat", **more}
    return web.get("series", from_=start / 1000, to=stop / 1000, px=px, **names)


def expected(given: Iterable[Row], answer: Any) -> dict[str, list[Any]]:
    """Buckets by definition; the count of an empty one is 0, the rest null."""
    t0, step = round(answer["t0"] * 1000), round(answer["step"] * 1000)
    cells: list[list[float]] = [[] for _ in range(answer["n"])]
    for row in sorted(given, key=lambda row: row.time):
        if 0 <= (at := (row.time - t0) // step) < len(cells) and not math.isnan(row.value):
            cells[at].append(row.value)
    return {
        "first": [cell[0] if cell else None for cell in cells],
        "min": [min(cell, default=None) for cell in cells],
        "max": [max(cell, default=None) for cell in cells],
        "last": [cell[-1] if cell else None for cell in cells],
        "count": [len(cell) for cell in cells],
    }


def matches(answer: Any, given: Iterable[Row]) -> None:
    (series,) = answer["series"]
    assert {name: series[name] for name in ("first", "min", "max", "last", "count")} == expected(given, answer)


def test_few_readings_are_given_as_they_are(web: Web) -> None:
    given = rows(NOON - 60 * SECOND + i * SECOND + i for i in range(60))
    web.record(given)
    answer = chart(web, NOON - 50 * SECOND, NOON)
    (series,) = answer["series"]
    inside = [row for row in given if row.time >= NOON - 50 * SECOND]
    assert series["t"] == [row.time / 1000 for row in inside]
    assert series["v"] == [row.value for row in inside]
    assert (answer["source"], answer["partial"], series["id"]) == ("raw", False, "pump-1/heat")
    assert answer["watermark"] == {"pump-1/heat": given[-1].time / 1000}
    assert (answer["from"], answer["to"]) == ((NOON - 50 * SECOND) / 1000, NOON / 1000)


def test_many_readings_are_drawn_together(web: Web) -> None:
    given = rows(range(NOON - 20 * MINUTE, NOON, SECOND))
    web.record(given)
    answer = chart(web, NOON - 20 * MINUTE + 7, NOON, px=100)
    assert (answer["source"], answer["step"], answer["n"]) == ("raw", 15_000, 80)
    assert answer["t0"] <= answer["from"]
    matches(answer, given)


def test_pixels_are_taken_as_a_hundred_to_four_thousand(web: Web) -> None:
    web.record(rows(range(NOON - 20 * MINUTE, NOON, SECOND)))
    assert chart(web, NOON - 20 * MINUTE, NOON, px=1)["step"] == 15_000
    assert chart(web, NOON - 20 * MINUTE, NOON, px=10**9)["source"] == "raw"


def test_long_ranges_come_from_rollups_complete_up_to_the_newest_reading(web: Web) -> None:
    given = rows(range(NOON - 6 * HOUR - 30 * MINUTE, NOON + 17 * SECOND, 5 * SECOND))
    recorder = Recorder(web)
    for at in range(0, len(given), 500):
        recorder.give(Readings.of(given[at : at + 500]))
    answer = chart(web, NOON - 6 * HOUR, NOON + MINUTE, px=100)
    assert (answer["source"], answer["step"]) == ("rollup:1m", 300_000)
    matches(answer, given)
    answer = chart(web, NOON - 4 * DAY, NOON + MINUTE, px=100)
    assert (answer["source"], answer["step"]) == ("rollup:1h", 3_600_000)
    matches(answer, given)


def test_a_series_that_has_ended_is_shown_to_its_end(web: Web) -> None:
    given = rows(range(NOON - 3 * HOUR, NOON - 2 * HOUR, 2 * SECOND))
    recorder = Recorder(web)
    recorder.give(Readings.of(given))
    recorder.give(Ticked(clock=NOON))
    matches(chart(web, NOON - 4 * HOUR, NOON, px=100), given)
    web.series.trim("main", "raw", NOON)
    web.facts.kept_raw = 0
    matches(chart(web, NOON - 4 * HOUR, NOON, px=100), given)


def test_numbers_before_a_text_are_not_lost(web: Web) -> None:
    given = rows(range(NOON - 2 * HOUR, NOON - 30 * SECOND, SECOND))
    text = Row("pump-1", "heat", NOON, NOON, NAN, "broken")
    Recorder(web).give(Readings.of([*given, text]))
    answer = chart(web, NOON - 2 * HOUR, NOON + MINUTE, px=100)
    assert answer["source"] == "rollup:1m"
    matches(answer, given)
    assert answer["watermark"] == {"pump-1/heat": NOON / 1000}


def test_a_rollup_that_is_named_is_shown_without_what_is_open(web: Web) -> None:
    given = rows(range(NOON - 10 * MINUTE, NOON + 5 * SECOND, SECOND))
    Recorder(web).give(Readings.of(given))
    answer = chart(web, NOON - 10 * MINUTE, NOON + MINUTE, source="rollup:1m")
    assert (answer["source"], answer["step"]) == ("rollup:1m", 60_000)
    assert answer["series"][0]["count"] == [60] * 10 + [0]


def test_what_raw_no_longer_holds_comes_from_rollups(web: Web) -> None:
    given = rows(range(NOON - 9 * DAY, NOON - 9 * DAY + 20 * MINUTE, SECOND))
    recorder = Recorder(web)
    recorder.give(Readings.of(given))
    recorder.give(Ticked(clock=NOON))
    answer = chart(web, NOON - 9 * DAY, NOON - 9 * DAY + 30 * MINUTE)
    assert (answer["source"], answer["step"], answer["partial"]) == ("rollup:1m", 60_000, False)
    matches(answer, given)
    assert chart(web, NOON - 9 * DAY, NOON, source="raw")["partial"] is True
    assert chart(web, NOON - 99 * DAY, NOON - 98 * DAY)["source"] == "rollup:1h"


def test_several_series_have_one_grid_and_their_units(web: Web) -> None:
    profile = {"id": "pump", "devices": ["pump-*"], "metrics": {"heat": {"unit": "Cel"}}}
    web.client.put("profiles/pump", json=profile)
    web.client.put("devices/pump-1", json={"profile": "pump"})
    web.record([*rows([NOON - 5]), *rows([NOON - 4], metric="flow")])
    answer = chart(web, NOON - HOUR, NOON, devices="pump-1,pump-2", metrics="heat,flow")
    assert [(series["id"], series["unit"], len(series["t"])) for series in answer["series"]] == [
        ("pump-1/heat", "Cel", 1), ("pump-1/flow", None, 1), ("pump-2/heat", None, 0), ("pump-2/flow", None, 0),
    ]  # fmt: skip
    assert answer["watermark"]["pump-2/heat"] is None


def test_the_last_hour_of_the_clock_is_shown_if_nothing_is_said(web: Web) -> None:
    web.record(rows([NOON - HOUR - 1, NOON - HOUR + 1, NOON]))
    answer = web.get("series", devices="pump-1", metrics="heat")
    assert answer["series"][0]["t"] == [(NOON - HOUR + 1) / 1000, NOON / 1000]


def test_a_chart_can_be_had_as_csv(web: Web) -> None:
    given = rows(NOON - 10 * SECOND + i * SECOND for i in range(5))
    web.record(given)

    def read(**params: Any) -> list[list[str]]:
        asked = {
            "devices": "pump-1",
            "metrics": "heat",
            "from": (NOON - 30 * MINUTE) / 1000,
            "to": NOON / 1000,
            **params,
        }
        answer = web.client.get("series", params=asked, headers={"accept": "text/csv"})
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.reader(answer.text.splitlines()))

    assert read()[0] == ["time", "device", "metric", "unit", "value"]
    assert read()[1] == ["2025-11-24T11:59:50.000000Z", "pump-1", "heat", "", repr(given[0].value)]
    web.record(rows(range(NOON - 30 * MINUTE, NOON - 20 * MINUTE, SECOND)))
    drawn = read(px=100)
    assert drawn[0] == ["time", "device", "metric", "unit", "first", "min", "max", "last", "count"]
    assert len(drawn) == 1 + 20 + 1


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"metrics": "heat"}, "devices"),
        ({"devices": "a", "metrics": ","}, "metrics"),
        ({"devices": "a", "metrics": "b", "from": "12:00"}, "from"),
        ({"devices": "a", "metrics": "b", "from": "2025-11-24T12:00:00"}, "from"),
        ({"devices": "a", "metrics": "b", "from": "20", "to": "10"}, "from"),
        ({"devices": "a", "metrics": "b", "px": "wide"}, "px"),
        ({"devices": "a", "metrics": "b", "source": "rollup:1d"}, "source"),
        ({"devices": ",".join(map(str, range(21))), "metrics": "b"}, "devices"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_field(web: Web, params: dict[str, str], field: str) -> None:
    assert refusal(web.client.get("series", params=params), 400)[0][0] == field


def test_steps_are_of_the_ladder_and_aligned() -> None:
    for span in (SECOND, MINUTE, HOUR, DAY, 30 * DAY, 9000 * DAY):
        start, step, n = grid(NOON + 1, NOON + 1 + span, 500, 1)
        assert step in STEPS or step % DAY == 0
        assert (start % step, start <= NOON + 1, n <= 502) == (0, True, True)
        assert start + n * step >= NOON + 1 + span

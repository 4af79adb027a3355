"""How anomalies are told: opened, updated, closed, and what else score says and keeps."""

from __future__ import annotations

import numpy as np

from events import types
from events.event import Event, content_id
from events.payloads import Counted
from events.readings import Row
from events.state import State
from functions.score.detector import ODD, Block, Finding, Floats
from functions.score.handler import LAYOUT, handle
from tests.functions.score.feed import SECOND, START, Feed, course, row, telemetry

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


class Above:
    """A detector for tests: the score is the value."""

    kinds = ("above",)
    width = LAYOUT.tables["series"]["memory"].width

    def judge(self, block: Block, memory: Floats) -> Finding:
        memory[0] += 1
        size = len(block.value)
        return Finding(np.zeros(size, np.int64), block.value, np.zeros(size), np.full(size, ODD))


def said(rows: list[Row], state: State | None = None) -> list[tuple[str, int, float, int, int | None]]:
    """Verb, time since the start (s), score, version and end of what is said of rows, judged by Above."""
    state = State(LAYOUT) if state is None else state
    told = []
    for reading in rows:
        for event in handle(telemetry([reading]), state=state, detector=Above()):
            end = None if event.data.end is None else (event.data.end - START) // SECOND
            told.append(
                (types.verb(event.type), (reading.time - START) // SECOND, event.data.score, event.data.version, end)
            )
    return told


def test_an_episode() -> None:
    values = [0, 0, 6, 7, 6, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]
    assert said(course(values)) == [
        ("opened", 20, 6, 1, None), ("updated", 80, 8, 2, None), ("closed", 140, 8, 3, 80),
    ]  # fmt: skip


def test_updates_at_most_once_a_minute() -> None:
    rising = course([6 + i / 10 for i in range(300)], 1)
    times = [time for verb, time, *_ in said(rising) if verb == "updated"]
    assert times == [60, 120, 180, 240]


def test_nothing_is_updated_when_nothing_is_new() -> None:
    assert [verb for verb, *_ in said(course([6.0] * 300, 1))] == ["opened"]


def test_a_score_that_falls_a_little_goes_on() -> None:
    assert [verb for verb, *_ in said(course([6, *[4] * 30, *[2] * 10]))] == ["opened", "closed"]


def test_a_new_one_opens_only_after_a_while() -> None:
    again = [6, *[0] * 7, *[6] * 40]
    opened = [time for verb, time, *_ in said(course(again)) if verb == "opened"]
    assert opened == [0, 370]


def test_ids_come_from_content() -> None:
    [opened] = handle(telemetry([row("a", "t", START, 9.0)]), state=State(LAYOUT), detector=Above())
    assert opened.data.id == content_id("main", "a", "t", "above", START)
    assert opened.id == content_id(opened.data.id, "opened", 1)
    assert (opened.subject, opened.tenant, opened.type) == ("a", "main", types.ANOMALY_OPENED)


def test_in_the_order_of_the_rows() -> None:
    rows = [
        row("a", "t", START, 6),
        row("a", "t", START + 70 * SECOND, 7),
        row("b", "t", START, 6),
        row("a", "u", START, 6),
    ]
    events = list(handle(telemetry(rows), state=State(LAYOUT), detector=Above()))
    assert [(event.subject, types.verb(event.type), event.data.metric) for event in events] == [
        ("a", "opened", "t"), ("a", "updated", "t"), ("b", "opened", "t"), ("a", "opened", "u"),
    ]  # fmt: skip


def test_only_what_is_newer_is_judged() -> None:
    feed = Feed()
    feed.rows(course(np.random.default_rng(1).normal(0, 1, 100).tolist()))
    before = feed.state.freeze().tables["series"]["columns"]["memory"].tobytes()
    feed.rows([row("a", "t", START + 990 * SECOND, 99.0), row("a", "t", START, 99.0)])
    assert feed.state.freeze().tables["series"]["columns"]["memory"].tobytes() == before
    assert feed.said == []


def test_text_and_position_are_not_scored() -> None:
    feed = Feed()
    feed.rows([row("a", "lat", START, 51.0), row("a", "lon", START, 4.5), row("a", "state", START, np.nan, "on")], 3)
    assert len(feed.state.tables["series"]) == 0
    assert feed.state.values["ledger"]["0"]["in_"] == 3


def test_other_events_are_ignored() -> None:
    given = Event(types.COMMAND_GIVEN, None, START)
    assert list(handle(given, state=State(LAYOUT))) == []


def open_one(feed: Feed) -> None:
    """An anomaly that stays open."""
    feed.tick(START)
    values = np.random.default_rng(1).normal(0, 1, 200).tolist()
    feed.rows([*course(values), row("a", "t", START + 2000 * SECOND, 30.0)])
    assert [anomaly.state for anomaly in feed.anomalies()] == ["open"]


def test_a_silent_series_is_closed_after_an_hour() -> None:
    feed = Feed()
    open_one(feed)
    for second in range(5, 3600, 5):
        feed.tick(START + second * SECOND)
    assert [anomaly.state for anomaly in feed.anomalies()] == ["open"]
    [closed] = [event for event in feed.tick(START + HOUR) if event.type == types.ANOMALY_CLOSED]
    assert (closed.data.state, closed.data.end, closed.data.version) == ("closed", START + 2000 * SECOND, 2)
    assert feed.state.values["open"] == {}


def test_an_outage_is_not_a_silence() -> None:
    feed = Feed()
    open_one(feed)
    feed.tick(START + HOUR)
    assert [anomaly.state for anomaly in feed.anomalies()] == ["open"]


def test_an_untouched_series_is_forgotten() -> None:
    feed = Feed()
    open_one(feed)
    feed.tick(START + DAY)
    feed.tick(START + 31 * DAY)
    assert len(feed.state.tables["series"]) == 1
    for second in range(5, 3700, 5):
        feed.tick(START + 31 * DAY + second * SECOND)
    assert [anomaly.state for anomaly in feed.anomalies()] == ["closed"]
    assert len(feed.state.tables["series"]) == 0


def test_a_device_that_lost_its_lead_gets_another() -> None:
    feed = Feed()
    feed.tick(START)
    feed.rows([row("a", "old", START, 1.0)])
    feed.tick(START + 20 * DAY)
    feed.rows([row("a", "new", START, 1.0), row("a", "newer", START, 1.0)])
    table = feed.state.tables["series"]
    assert table["lead"][: len(table)].tolist() == [True, False, False]
    feed.tick(START + 31 * DAY)
    assert (table.keys, table["lead"][: len(table)].tolist()) == (
        [("main", "a", "new"), ("main", "a", "newer")],
        [True, False],
    )


def test_the_ledger() -> None:
    feed = Feed()
    feed.tick(START)
    feed.rows([row("a", "t", START, 1.0)._replace(late=True), row("a", "t", START + 1, 1.0)], 2)
    [counted] = [event.data for event in feed.tick(START + MINUTE)]
    assert isinstance(counted, Counted)
    assert (counted.stage, counted.in_, counted.out, counted.late) == ("score", 2, 2, 1)


def test_a_series_takes_little() -> None:
    columns = {
        "touched": (8, 1),
        **{name: (np.dtype(c.dtype).itemsize, c.width) for name, c in LAYOUT.tables["series"].items()},
    }
    assert sum(size * width for size, width in columns.values()) <= 300

"""A new platform takes readings before its first tick: what they began goes on."""

from __future__ import annotations

from functions.score.handler import handle
from tests.functions.score.feed import SECOND, START, Feed, course, tick


def test_an_anomaly_that_opened_before_the_first_tick_stays_open() -> None:
    feed = Feed()
    usual = [20 + (i * 7 % 10) / 10 for i in range(400)]
    feed.rows(course([*usual, 90.0, 90.0, 90.0], interval=1.0))
    opened = [event.type for event in feed.said]
    assert opened, "the course has an anomaly"
    assert list(handle(tick(START + 403 * SECOND), state=feed.state)) == [], "it was heard of just now"

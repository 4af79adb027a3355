"""Wherever a host stops, starts and repeats, a series store ends with the same readings and rollups.

The host of this test does what the loop does: it hands events over in order, flushes, saves where it stands after a
flush, and after a fall throws its buffer away and hands over again what came after the place it had saved.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.readings import Readings, Row
from stores.ports import WIDTHS, Origin, Series
from tests.stores.conftest import SERIES
from tests.stores.history import History, Sums, all_rollups, pages, rollups, same, sums, touched

T = 1_795_485_600_000_000
ON_SERVERS = ["influx"]

DEVICES, METRICS = ("pump", "valve"), ("flow", "head")
PAIRS = [(device, metric) for device in DEVICES for metric in METRICS]
TIMES = [T, T + 1, T + 59_999_999, T + 60_000_000, T + 3_600_000_000]

ROW = st.builds(
    lambda device, metric, time, value, text: Row(
        device, metric, time, T, float("nan") if text else value, "text" if text else None, True
    ),
    st.sampled_from(DEVICES), st.sampled_from(METRICS), st.sampled_from(TIMES),
    st.sampled_from([0.1, 0.2, 0.3, -1e9, 1e9]), st.sampled_from([False, False, False, True]),
)  # fmt: skip
EVENTS = st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=8)
FALLS = st.lists(st.sampled_from(["step", "step", "flush", "save", "fall", "reopen", "compact"]), max_size=20)


class Host:
    """Hands events to one shard. It rolls up what only it has seen in order, and marks as dirty all else, as record
    does."""

    def __init__(self, open_series: Callable[[], Series], events: list[list[Row]], first: int) -> None:
        self._open, self._events, self._first = open_series, events, first
        self.series = open_series()
        self.at = self._saved = 0
        self._sure: dict[int, Sums] = {}

    def step(self) -> None:
        """The next event."""
        if self.at == len(self._events):
            return
        rows, origin = self._events[self.at], Origin("main", 0, self._first + self.at)
        self.series.append(origin, Readings.of(rows))
        for width in WIDTHS:
            self._roll(origin, rows)
            self.series.dirty(origin, width, touched(rows, width))
        self.at += 1

    def _roll(self, origin: Origin, rows: list[Row]) -> None:
        """A rollup that was true of the rows so far, as of a bucket closed in order: a repeat of it must change
        nothing."""
        history = History()
        for event in self._events[: self.at + 1]:
            history.add(event)
        held = history.rollups(WIDTHS["1m"])
        some = {bucket: held.get(bucket, sums([0.0])) for bucket in touched(rows, "1m")}
        self.series.roll(origin, "1m", rollups(some))

    def flush(self) -> None:
        """Writes."""
        self.series.flush(0)

    def save(self) -> None:
        """From here on it goes on after a fall."""
        self.flush()
        self._saved = self.at

    def fall(self) -> None:
        """Loses what is buffered."""
        self.series.discard(0)
        self.at = self._saved

    def reopen(self) -> None:
        """Ends, and is started again."""
        self.series.close()
        self.series = self._open()
        self.at = self._saved

    def compact(self) -> None:
        """Sorts in between."""
        self.series.compact()


@pytest.mark.parametrize("fresh_series", [name for name in SERIES if name not in ON_SERVERS], indirect=True)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, FALLS)
def test_the_end_is_the_same(
    fresh_series: Callable[[], Callable[[], Series]], events: list[list[Row]], falls: list[str]
) -> None:
    _check_the_end(fresh_series, events, falls)


@pytest.mark.parametrize("fresh_series", ON_SERVERS, indirect=True)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, FALLS)
def test_the_end_is_the_same_on_a_server(
    fresh_series: Callable[[], Callable[[], Series]], events: list[list[Row]], falls: list[str]
) -> None:
    """Fewer examples, since each makes buckets of its own."""
    _check_the_end(fresh_series, events, falls)


def _check_the_end(fresh_series: Callable[[], Callable[[], Series]], events: list[list[Row]], falls: list[str]) -> None:
    host = Host(fresh_series(), events, first=7)
    for what in falls:
        getattr(host, what)()
    while host.at < len(events):
        host.step()
    host.flush()
    history = History()
    for rows in events:
        history.add(rows)
    for device in DEVICES:
        assert same(pages(host.series, device, 5), history.readings(device))
    for width, step in WIDTHS.items():
        assert all_rollups(host.series, width, PAIRS) == history.rollups(step)
    latest = host.series.latest("main")
    newest = {pair: max((time for *of, time in history.rows if tuple(of) == pair), default=0) for pair in PAIRS}
    for (device, metric), time in newest.items():
        if time:
            assert same(
                [latest[device][metric]],
                [row for row in history.readings(device) if (row.time, row.metric) == (time, metric)],
            )
    host.series.close()

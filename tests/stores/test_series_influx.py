"""What series on a server must do besides: names of any kind, a server that fails in every way, repeats that double
nothing, several series in one question, and one line for whatever is wrong with the URL."""

from __future__ import annotations

import gzip
import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import numpy as np
import pytest

from events.handler import Overwriting, Retry
from events.readings import Readings, Row
from services.influx import Influx
from stores import series_influx, series_influx_http, series_influx_lines
from stores.folder import Unusable
from stores.ports import WIDTHS, Origin, Rollups
from stores.series_influx import InfluxSeries
from stores.series_influx_buckets import LAYOUT
from stores.series_influx_http import Refused
from stores.series_influx_lines import mark, raw_lines, unmark
from stores.series_influx_open import open_influx
from tests.servers import require
from tests.stores import places
from tests.stores.bad_proxy import BadProxy, between
from tests.stores.history import (
    FOREVER,
    HOUR,
    MINUTE,
    History,
    all_rollups,
    numbers,
    pages,
    put,
    rollups,
    same,
    sums,
    table,
)  # fmt: skip

Opened = Callable[[str], InfluxSeries]

T = 1_795_485_600_000_000
NAN = float("nan")
NAMES = [
    "flow rate", 'a "quoted" one', "comma,separated", "key=value", "back\\slash", "tempé 🌡", "x.first",
    "received", "m:flow", "${r._value}", "a'b`c", "0", "#comment", "100%",
]  # fmt: skip


@pytest.fixture
def prefix() -> str:
    return f"test_{uuid4().hex[:12]}"


@pytest.fixture
def opened(prefix: str) -> Iterator[Opened]:
    """Opens the same buckets through a URL; closes at the end."""
    with ExitStack() as stores:

        def open_again(url: str) -> InfluxSeries:
            series = places.influx(url, prefix)
            stores.callback(series.close)
            return series

        yield open_again


@pytest.fixture
def proxy(influx_url: str) -> Iterator[BadProxy]:
    with between(influx_url) as proxy:
        yield proxy


def _row(time: int, value: float, device: str = "pump", metric: str = "flow") -> Row:
    return Row(device, metric, T + time, T + time + 9, value)


def test_names_of_any_kind_and_numbers_to_the_last_bit(influx_url: str, opened: Opened) -> None:
    values = [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, 2**53 + 0.0, -1e-7, 123456789.123456789]
    history = History()
    for device in NAMES:
        rows = [_row(n, values[n % 7], device, metric) for n, metric in enumerate(NAMES)]
        rows += [Row(device, f"{m} text", T, T, NAN, f'says "{m}" \\ and\nmore\r\n\r\n,{m}=1 2') for m in NAMES]
        history.add(rows)
    series = opened(influx_url)
    put(series, 0, list(history.rows.values()))
    series.flush(0)
    for device in NAMES:
        found = list(pages(series, device, 7))
        assert same(found, history.readings(device))
        assert [math.copysign(1, row.value) for row in found] == [
            math.copysign(1, row.value) for row in history.readings(device)
        ]
    assert all_rollups(series, "1m", [(d, m) for d in NAMES for m in NAMES]) == history.rollups(MINUTE)
    assert series.metrics("main", NAMES[0]) == sorted([*NAMES, *(f"{m} text" for m in NAMES)])
    assert set(series.latest("main")) == set(NAMES)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Row("pump", "flow", -1, T, 1.0), "time: before 1970"),
        (Row("pump", "flow", 2**54, T, 1.0), "time: after 2262"),
        (Row("pump", "time", T, T, 1.0), "metric: is a name that InfluxDB keeps for itself"),
        (Row("pump", "", T, T, 1.0), "metric: empty"),
        (Row("", "flow", T, T, 1.0), "device: empty"),
        (Row("pump\\", "flow", T, T, 1.0), "device: has a backslash at its end"),
        (Row("pump", "a\\,b", T, T, 1.0), "metric: has a backslash at its end, or before a comma"),
        (Row("pump", "a\nb", T, T, 1.0), "metric: has a control character"),
        (Row("pump", "flow", T, T, NAN, "x" * 70_000), "text: longer"),
    ],
)  # fmt: skip
def test_what_would_be_refused_is_known_before(influx_url: str, opened: Opened, row: Row, why: str) -> None:
    """Alone and among others: a reason depends on the row and nothing else."""
    series = opened(influx_url)
    good = _row(0, 1.0)
    for rows, at in (([row], 0), ([good, good, row, good], 2)):
        refused = series.refuses(Readings.of(rows))
        assert [row for row, _ in refused] == [at]
        assert refused[0][1].startswith(why)


def test_a_busy_server_is_retried_and_nothing_is_lost_or_doubled(proxy: BadProxy, opened: Opened) -> None:
    series = opened(proxy.url)
    assert isinstance(series, Overwriting)
    put(series, 0, [_row(n, n) for n in range(100)])
    answers = iter([(503, {}, b"busy"), (429, {"retry-after": "7"}, b""), (500, {}, b"")])
    proxy.behave = lambda *_: next(answers)
    for after in (1.0, 7.0, 1.0):
        with pytest.raises(Retry) as retry:
            series.flush(0)
        assert retry.value.after == after
        assert not series.settled(0)
    proxy.behave = None
    series.flush(0)
    assert series.settled(0)
    found = numbers(series.raw("main", "pump", "flow", 0, FOREVER, 1000))
    assert found == [(T + n, float(n)) for n in range(100)]


def test_nothing_gets_past_a_write_that_is_refused_in_part(proxy: BadProxy, opened: Opened) -> None:
    series = opened(proxy.url)
    put(series, 0, [_row(n, n) for n in range(100)])
    proxy.behave = proxy.write_half
    for _ in range(2):
        with pytest.raises(Refused, match=r"answers 400: .*partial write"):
            series.flush(0)
        assert not series.settled(0)
    proxy.behave = None
    series.flush(0)
    assert len(series.raw("main", "pump", "flow", 0, FOREVER, 1000).time) == 100


def test_a_server_that_never_answers_is_given_up_in_time(
    proxy: BadProxy, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = opened(proxy.url)
    monkeypatch.setattr(series_influx, "GIVES_UP", 0.5)
    assert series_influx_http.GIVES_UP == 10.0
    put(series, 0, [_row(0, 1)])
    proxy.behave = lambda *_: None
    began = time.monotonic()
    with pytest.raises(Retry, match="is away"):
        series.flush(0)
    assert time.monotonic() - began < 2
    proxy.behave = None
    proxy.over.set()
    monkeypatch.undo()
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 9)) == [(T, 1.0)]


def test_writes_are_compressed(proxy: BadProxy, opened: Opened) -> None:
    series = opened(proxy.url)
    put(series, 0, [_row(n, n % 7) for n in range(5000)], dirty=False)
    series.flush(0)
    ((headers, body),) = proxy.writes
    assert headers["content-encoding"] == "gzip"
    assert len(body) * 4 < len(gzip.decompress(body))


def test_a_kill_between_two_writes_loses_nothing_that_was_flushed(tmp_path: Path) -> None:
    require(Influx)
    with Influx.running(tmp_path) as server, closing(open_influx(server.url)) as series:
        for offset in range(5):
            put(series, offset, [_row(offset * 100 + n, n) for n in range(100)])
            series.flush(0)
        server.kill()
        put(series, 5, [_row(500 + n, n) for n in range(100)])
        with pytest.raises(Retry, match="is away"):
            series.flush(0)
        server.start()
        series.flush(0)
        times = series.raw("main", "pump", "flow", 0, FOREVER, 1000).time
        assert (times - T).tolist() == list(range(600))
        assert table(series.rolled("main", "pump", "flow", "1h", 0, FOREVER, HOUR))[T][5] == 600


def test_what_comes_again_after_a_crash_doubles_nothing(influx_url: str, opened: Opened) -> None:
    """Another owner writes what the first has written, cut otherwise."""
    rows = [_row(n * 1_000_000, n, f"d{n % 7}") for n in range(300)]
    for size in (300, 41):
        series = opened(influx_url)
        for offset, begin in enumerate(range(0, len(rows), size)):
            put(series, offset, rows[begin : begin + size])
            series.flush(0)
    history = History()
    history.add(rows)
    series = opened(influx_url)
    for width, step in WIDTHS.items():
        assert all_rollups(series, width, [(f"d{n}", "flow") for n in range(7)]) == history.rollups(step)
    assert sum(len(series.raw("main", f"d{n}", "flow", 0, FOREVER, 999).time) for n in range(7)) == 300


def test_buckets_that_a_flush_has_no_time_for_are_left_for_the_next(
    influx_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A position may not move past them, and no new owner is needed to go on."""
    rows = [_row(n * HOUR, n) for n in range(3)]
    series = opened(influx_url)
    put(series, 0, rows)
    monkeypatch.setattr(series_influx, "BUDGET", -1.0)
    series.flush(0)
    assert (series.settled(0), series.due(0)) == (False, True)
    assert len(series.raw("main", "pump", "flow", 0, FOREVER, 9).time) == 3
    monkeypatch.undo()
    series.flush(0)
    assert (series.settled(0), series.due(0)) == (True, False)
    history = History()
    history.add(rows)
    assert all_rollups(series, "1m", [("pump", "flow")]) == history.rollups(MINUTE)


def test_rollups_of_many_events_are_one_request_and_the_last_of_equal_ones_stays(
    proxy: BadProxy, opened: Opened
) -> None:
    series, wanted = opened(proxy.url), {}
    for event in range(50):
        closed = {(f"d{n}", "flow", T + event // 2 * MINUTE): sums([float(event), 2.0, n]) for n in range(3)}
        series.roll(Origin("main", 0, event), "1m", rollups(closed))
        wanted.update(closed)
    series.flush(0)
    assert len(proxy.writes) == 1
    assert all_rollups(series, "1m", [("d0", "flow"), ("d1", "flow"), ("d2", "flow")]) == wanted


def test_several_series_are_one_question(proxy: BadProxy, opened: Opened) -> None:
    series = opened(proxy.url)
    names = [(f"d{n}", metric) for n in range(5) for metric in ("flow", "head")]
    put(series, 0, [_row(n * 1_000_000, n * 0.1, d, m) for d, m in names for n in range(200)])
    series.flush(0)
    proxy.questions = 0
    raw = series.each_raw("main", names, 0, FOREVER, 500)
    drawn = series.each_buckets("main", names, T, T + HOUR, 7_000_000)
    rolled = series.each_rolled("main", names, "1m", T, T + HOUR, MINUTE)
    wide = series.each_rolled("main", names, "1m", T, T + HOUR, HOUR)
    assert proxy.questions == 4
    for n, name in enumerate(names):
        assert numbers(raw[n]) == numbers(series.raw("main", *name, 0, FOREVER, 500))
        assert table(drawn[n]) == table(series.buckets("main", *name, T, T + HOUR, 7_000_000))
        assert table(rolled[n]) == table(series.rolled("main", *name, "1m", T, T + HOUR, MINUTE))
        assert table(wide[n]).keys() == {T}


def test_the_newest_readings_of_several_devices_are_one_question(proxy: BadProxy, opened: Opened) -> None:
    series = opened(proxy.url)
    put(series, 0, [_row(1_000_000, 1.5, "d0", "flow"), Row("d1", "state", T, T + 5, NAN, "open\r\n\r\n,texts,")])
    series.flush(0)
    proxy.questions = 0
    found = series.latest("main", ["d0", "d1", "d2"])
    assert proxy.questions == 1
    assert {device: {name: (each.value, each.text) for name, each in of.items()} for device, of in found.items()} == {
        "d0": {"flow": (1.5, None)}, "d1": {"state": (pytest.approx(NAN, nan_ok=True), "open\r\n\r\n,texts,")},
    }  # fmt: skip


def test_marks_hold_what_they_are_given() -> None:
    rows = [Row("d", "m", T, T + n, NAN if n % 2 else 1.0, None, n % 3 == 0, n % 5 == 0) for n in range(30)]
    readings = Readings.of(rows)
    said = unmark(mark(readings))
    for name, column in (("received", readings.received), ("late", readings.late), ("revised", readings.revised)):
        assert np.array_equal(said[name], column)
    assert said["text"].tolist() == [bool(n % 2) for n in range(30)]


def test_lines_are_cut_between_points_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [_row(time, 1.0, "d", f"m{n}") for time in range(10) for n in range(3)]
    whole = b"".join(raw_lines(Readings.of(rows)))
    monkeypatch.setattr(series_influx_lines, "MOST_ROWS", 7)
    bodies = list(raw_lines(Readings.of(rows)))
    assert len(bodies) > 2
    assert sorted(b"".join(bodies).splitlines()) == sorted(whole.splitlines())


def _other(url: str, **changed: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**changed))


def test_what_the_server_refuses_is_one_line_with_the_cure(influx_url: str, free_port: Callable[[], int]) -> None:
    parts = urlsplit(influx_url)
    lines = {
        _other(influx_url, netloc=f"wrongsecret@{parts.hostname}:{parts.port}"): "refuses the token: give one",
        _other(influx_url, path="/nobody"): "has no organisation 'nobody'",
        f"influx://wrongsecret@127.0.0.1:{free_port()}/x": "does not answer as an InfluxDB: start it",
        "influx://127.0.0.1:8086/x": "lacks a token, host or organisation: give influx://TOKEN@host:port",
        "influx://wrongsecret@127.0.0.1:8086": "lacks a token, host or organisation",
        "influx://wrongsecret@127.0.0.1:port/x": "is no URL of an InfluxDB",
    }
    for url, line in lines.items():
        with pytest.raises(Unusable, match=line) as refused:
            open_influx(url)
        assert str(refused.value).startswith("TIDINGS_SERIES")
        assert "\n" not in str(refused.value)
        assert "wrongsecret" not in str(refused.value)
        assert str(parts.username) not in str(refused.value)


@pytest.mark.parametrize("said", [b"<html>", b'{"version": "v3.1"}', b"[]"])
def test_another_server_is_told_from_an_influx(said: bytes) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(Unusable, match=r"is no InfluxDB 2 .*: give one of 2\.7"):
            open_influx(f"influx://token@127.0.0.1:{server.server_port}/x")
        server.shutdown()


def test_another_layout_stops_with_the_cure(influx_url: str, opened: Opened, prefix: str) -> None:
    series = opened(influx_url)
    put(series, 0, [_row(0, 1)])
    series.flush(0)
    bucket = series._buckets._ids[f"{prefix}_main_raw"]
    series._http.change("PATCH", f"/api/v2/buckets/{bucket}", {"description": "Tidings, layout 99"})
    try:
        with pytest.raises(Unusable, match=f"main_raw has layout 99, this version reads layout {LAYOUT}: run"):
            opened(influx_url)
    finally:
        series._http.change("PATCH", f"/api/v2/buckets/{bucket}", {"description": f"Tidings, layout {LAYOUT}"})


def test_buckets_keep_as_long_as_they_are_told(influx_url: str, prefix: str) -> None:
    url = _other(influx_url, query=f"prefix={prefix}_")
    with closing(open_influx(url, keep={"raw": timedelta(days=7), "1m": timedelta(days=90)})) as series:
        series.roll(Origin("main", 0, 0), "1h", _rollup())
        series.roll(Origin("main", 0, 0), "1m", _rollup())
        put(series, 0, [Row("pump", "flow", time.time_ns() // 1000, 0, 1.0)], dirty=False)
        series.flush(0)
        found = json.loads(series._http.get("/api/v2/buckets", {"limit": "100"}))["buckets"]
        days = {
            bucket["name"]: [rule["everySeconds"] / 86_400 for rule in bucket["retentionRules"]]
            for bucket in found
            if bucket["name"].startswith(prefix)
        }
        assert days == {f"{prefix}_main_raw": [15.0], f"{prefix}_main_1m": [98.0], f"{prefix}_main_1h": [0.0]}
        series.trim("main", "raw", FOREVER)
        assert len(series.raw("main", "pump", "flow", 0, FOREVER, 9).time) == 1, "the server drops it by itself"


def _rollup() -> Rollups:
    return rollups({("pump", "flow", time.time_ns() // 1000 // HOUR * HOUR): sums([1.0])})

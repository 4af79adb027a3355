"""The contract of Series: what was written is what is asked, whatever came in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from events.readings import Readings, Row
from stores.ports import Origin, Series
from tests.brokers import eventually
from tests.stores.history import FOREVER, HOUR, MINUTE, History, numbers, pages, put, rollups, same, sums, table

NAN = float("nan")
T = 1_795_485_600_000_000
"""A whole hour."""


def _row(
    time: int, value: float, device: str = "pump", metric: str = "flow", late: bool = False, revised: bool = False
) -> Row:
    return Row(device, metric, T + time, T + time + 5_000, value, None, late, revised)


def _text(time: int, text: str, device: str = "pump", metric: str = "mode") -> Row:
    return Row(device, metric, T + time, T + time, NAN, text)


def _revised(row: Row) -> Row:
    """As validate says of whatever takes the place of another value."""
    return row._replace(revised=True)


def test_an_empty_store_answers(series: Series) -> None:
    assert series.readings("main", "pump", None, 0, FOREVER, None, 10) == []
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == []
    assert table(series.buckets("main", "pump", "flow", 0, FOREVER, MINUTE)) == {}
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {}
    assert series.latest("main") == {}
    assert series.metrics("main") == []
    series.flush(0)
    series.discard(0)
    series.compact()


def test_rows_are_there_after_the_flush_and_only_then(series: Series) -> None:
    put(series, 0, [_row(0, 1.5), _row(1, 2.5), _text(1, "über <b>")])
    assert series.readings("main", "pump", None, 0, FOREVER, None, 10) == []
    assert series.latest("main") == {}
    series.flush(0)
    found = series.readings("main", "pump", None, 0, FOREVER, None, 10)
    assert [(row.metric, row.time - T, row.text) for row in found] == [
        ("flow", 0, None),
        ("flow", 1, None),
        ("mode", 1, "über <b>"),
    ]
    assert found[0].received == T + 5_000
    assert series.metrics("main") == ["flow", "mode"]
    assert series.metrics("main", "pump") == ["flow", "mode"]
    assert series.metrics("main", "valve") == series.metrics("other") == []


def test_what_is_discarded_never_was(series: Series) -> None:
    put(series, 0, [_row(0, 1)])
    put(series, 0, [_row(0, 7, "valve")], shard=1)
    series.discard(0)
    series.flush(0)
    series.flush(1)
    assert series.readings("main", "pump", None, 0, FOREVER, None, 10) == []
    assert numbers(series.raw("main", "valve", "flow", 0, FOREVER, 10)) == [(T, 7.0)]


def test_a_flush_writes_one_shard(series: Series) -> None:
    put(series, 9, [_row(0, 1)], shard=0)
    put(series, 3, [_row(0, 2, "valve")], shard=1)
    series.flush(1)
    assert set(series.latest("main")) == {"valve"}
    series.flush(0)
    assert set(series.latest("main")) == {"pump", "valve"}


def test_of_equal_identities_the_later_in_the_log_counts(series: Series) -> None:
    put(series, 0, [_row(0, 1), _row(0, 2), _row(5, 5)])
    put(series, 1, [_row(0, 3), _row(0, 4, revised=True)])
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T, 4.0), (T + 5, 5.0)]
    put(series, 2, [_row(0, 6, revised=True)])
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T, 6.0), (T + 5, 5.0)]
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([6.0, 5.0])}


def test_tenants_are_apart(series: Series) -> None:
    put(series, 0, [_row(0, 1)], tenant="main")
    put(series, 1, [_row(0, 2)], tenant="other")
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T, 1.0)]
    assert numbers(series.raw("other", "pump", "flow", 0, FOREVER, 10)) == [(T, 2.0)]
    assert series.latest("other")["pump"]["flow"].value == 2.0
    series.trim("other", "raw", T + 10 * HOUR)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T, 1.0)]
    assert numbers(series.raw("other", "pump", "flow", 0, FOREVER, 10)) == []
    assert series.latest("other") == {}


def test_ranges_hold_their_start_and_not_their_stop(series: Series) -> None:
    put(series, 0, [_row(n, n) for n in range(10)])
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", T + 2, T + 5, 10)) == [(T + n, float(n)) for n in (2, 3, 4)]
    found = series.readings("main", "pump", "flow", T + 2, T + 5, None, 10)
    assert [row.time for row in found] == [T + 2, T + 3, T + 4]
    assert table(series.buckets("main", "pump", "flow", T + 2, T + 5, MINUTE)) == {T: sums([2.0, 3.0, 4.0])}


def test_raw_gives_one_more_than_the_limit(series: Series) -> None:
    for offset in range(4):  # every identity stands four times
        put(
            series,
            offset,
            [_row(n, 100 * offset + n) for n in range(50)] + [_text(n, "x", metric="flow") for n in (3, 4)],
        )
    series.flush(0)
    want = [(T + n, 300.0 + n) for n in range(50) if n not in (3, 4)]
    for limit in (1, 5, 20, 47, 48, 100):
        assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, limit)) == want[: limit + 1]


def test_text_takes_the_place_of_a_number_and_a_number_that_of_text(series: Series) -> None:
    put(series, 0, [_row(0, 1), _row(1, 2)])
    put(series, 1, [_revised(_text(0, "off", metric="flow"))])
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T + 1, 2.0)]
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([2.0])}
    put(series, 2, [_revised(_text(1, "off", metric="flow"))])
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {}
    assert table(series.buckets("main", "pump", "flow", 0, FOREVER, MINUTE)) == {}
    put(series, 3, [_row(0, 9, revised=True)])
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([9.0])}


def test_latest_is_the_highest_time_whatever_came_last(open_series: Callable[[], Series]) -> None:
    series = open_series()
    put(series, 0, [_row(5, 1), _row(3, 2), _row(5, 3), _text(9, "on"), _row(4, 7, "valve")])
    series.flush(0)
    put(series, 1, [_row(2, 9, late=True), _text(9, "off"), _row(6, 8, "valve")])
    series.flush(0)
    for again in (False, True):
        if again:
            series.compact()
            series.close()
            series = open_series()
        latest = series.latest("main")
        assert latest["pump"]["flow"].value == 3.0
        assert (latest["pump"]["mode"].text, latest["pump"]["mode"].time) == ("off", T + 9)
        assert series.latest("main", ["valve", "nobody"]) == {"valve": latest["valve"]}
        assert latest["valve"]["flow"].value == 8.0


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_hold_each_reading_once(series: Series, limit: int) -> None:
    history = History()
    rows = [_row(n // 3, n, metric=("flow", "head", "rpm")[n % 3]) for n in range(30)]
    for offset, part in enumerate((rows, rows[::2], [_text(4, "x"), _row(4, -1)])):
        put(series, offset, part)
        history.add(part)
    series.flush(0)
    assert same(pages(series, "pump", limit), history.readings("pump"))
    assert same(pages(series, "pump", limit, "rpm"), [row for row in history.readings("pump") if row.metric == "rpm"])


def test_buckets_draw_raw_rows_together(series: Series) -> None:
    values = [(n * 700_000, float(n % 13) + 0.1) for n in range(500)]
    put(series, 0, [_row(time, value) for time, value in values])
    series.flush(0)
    step = 7_000_000
    want: dict[int, list[float]] = {}
    for time, value in values:
        want.setdefault((T + time) // step * step, []).append(value)
    got = table(series.buckets("main", "pump", "flow", 0, FOREVER, step))
    assert got == {start: sums(held) for start, held in want.items()}


def test_sums_are_added_in_order_of_time(series: Series) -> None:
    """Bit by bit what one gets who adds reading after reading: no pairwise or compensated sum."""
    values = np.random.default_rng(5).normal(1e3, 1e6, 3000).tolist()
    rows = [_row(n * 1_000_000, value) for n, value in enumerate(values)]
    put(series, 0, rows[::-1])
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1h", 0, FOREVER, HOUR)) == {T: sums(values)}
    assert table(series.buckets("main", "pump", "flow", 0, FOREVER, HOUR)) == {T: sums(values)}


def test_rollups_are_kept_as_given_and_drawn_together(series: Series) -> None:
    held = {("pump", "flow", T + n * MINUTE): sums([float(n), 0.5, n * 2.0]) for n in range(60)}
    series.roll(Origin("main", 0, 3), "1m", rollups(held))
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", T, T + HOUR, MINUTE)) == {
        start: of for (_, _, start), of in held.items()
    }
    first, least, most, last, total, count = table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, HOUR))[T]
    assert (first, least, most, last, count) == (0.0, 0.0, 118.0, 118.0, 180)
    assert total == sum(of[4] for of in held.values())
    assert table(series.rolled("main", "pump", "flow", "1h", 0, FOREVER, HOUR)) == {}
    with pytest.raises(ValueError, match="no multiple of 1m"):
        series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE + 1)


def test_a_rollup_replaces_the_one_before(series: Series) -> None:
    bucket = ("pump", "flow", T)
    series.roll(Origin("main", 0, 3), "1m", rollups({bucket: sums([1.0])}))
    series.flush(0)
    series.roll(Origin("main", 0, 4), "1m", rollups({bucket: sums([2.0, 3.0])}))
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([2.0, 3.0])}


def test_a_dirty_bucket_is_what_raw_says_with_the_rows_of_the_same_flush(series: Series) -> None:
    put(series, 1, [_row(0, 1), _row(1, 2)], dirty=False)
    series.roll(Origin("main", 0, 2), "1m", rollups({("pump", "flow", T): sums([77.0])}))
    series.dirty(Origin("main", 0, 2), "1m", [("pump", "flow", T), ("nobody", "flow", T)])
    put(series, 3, [_row(2, 4)], dirty=False)
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([1.0, 2.0, 4.0])}
    series.dirty(Origin("main", 0, 1), "1m", [("pump", "flow", T)])  # a repeat of what lies behind changes nothing
    series.flush(0)
    assert table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE)) == {T: sums([1.0, 2.0, 4.0])}


def test_trim_removes_what_is_older_and_leaves_whole_hours_of_raw(series: Series) -> None:
    rows = [_row(n * 600_000_000, n) for n in range(60)]  # ten hours
    put(series, 0, rows)
    series.flush(0)
    series.compact()
    put(series, 1, [_row(n * 600_000_000 + 1, n) for n in range(60)])
    series.flush(0)
    before = T + 5 * HOUR + 17 * MINUTE
    series.trim("main", "raw", before)
    series.trim("main", "1m", before)
    kept = [time for time, _ in numbers(series.raw("main", "pump", "flow", 0, FOREVER, 1000))]
    assert kept == [T + n * 600_000_000 + more for n in range(60) for more in (0, 1) if n >= 24]
    assert min(table(series.rolled("main", "pump", "flow", "1m", 0, FOREVER, MINUTE))) == T + 5 * HOUR + 20 * MINUTE
    assert len(table(series.rolled("main", "pump", "flow", "1h", 0, FOREVER, HOUR))) == 10


def test_an_empty_batch_and_an_empty_rollup_are_nothing(series: Series) -> None:
    series.append(Origin("main", 0, 0), Readings.of([]))
    series.flush(0)
    put(series, 1, [_row(0, 1)])
    series.flush(0)
    assert numbers(series.raw("main", "pump", "flow", 0, FOREVER, 10)) == [(T, 1.0)]


def test_a_refusal_is_known_before_the_row_is_buffered(series: Series) -> None:
    readings = Readings.of([_row(0, 1), Row("pump", "flow", -1, T, 1.0), _row(1, 2)])
    assert [row for row, _ in series.refuses(readings)] == [1]
    assert series.refuses(readings.take([0, 2])) == []


def test_many_ask_while_one_writes_and_one_sorts(series: Series) -> None:
    """Each answer is one moment of the store: a prefix of what was flushed."""

    def write() -> None:
        for offset in range(20):
            put(series, offset, [_row(offset * 10 + n, n) for n in range(10)])
            series.flush(0)

    def ask() -> bool:
        times = [time - T for time, _ in numbers(series.raw("main", "pump", "flow", 0, FOREVER, 1000))]
        return times == list(range(len(times))) and len(times) % 10 == 0

    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(write)
        while not writing.done():
            sorting = pool.submit(series.compact)
            assert all(pool.map(lambda _: ask(), range(3)))
            sorting.result()
        writing.result()
    assert len(series.raw("main", "pump", "flow", 0, FOREVER, 1000).time) == 200


def test_the_size_is_that_of_the_disk(series: Series) -> None:
    put(series, 0, [_row(n, n) for n in range(1000)])
    series.flush(0)
    eventually(lambda: series.size() > 1000, 60)  # a server counts now and then

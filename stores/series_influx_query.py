"""Charts from InfluxDB: several series in one question. Used by series_influx.py.

A number counts unless text has taken its place (a mark below zero, on a reading that is late or revised): that is rare,
so what the server has drawn together is taken as it is where there is none, and drawn together here where there is one.
Likewise with rollups of which nothing is left (count 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stores.ports import WIDTHS, Names, Points, Width
from stores.series_fold import Columns, fold, merge
from stores.series_influx_flux import Answer, answers, given, source, where
from stores.series_influx_lines import MARKS, NUMBERS, OF_METRIC, SUMS

Ask = Callable[[str], bytes]
"""A question in Flux → the answer."""

WINDOWS = {"first": "first", "min": "min", "max": "max", "last": "last", "sum": "sum", "count": "sum"}
"""Sum of a rollup → how several of them become one."""

FEW = 3
"""So many rollups a bucket are fetched as they lie."""

NOTHING = Answer(())


class Range(NamedTuple):
    """Some series in a bucket of InfluxDB, start ≤ time < stop (µs). Asked for by devices and metrics, so there may be
    more in an answer."""

    bucket: str
    names: Names
    start: int
    stop: int

    @property
    def devices(self) -> Iterable[str]:
        return dict.fromkeys(device for device, _ in self.names)

    @property
    def metrics(self) -> Iterable[str]:
        return dict.fromkeys(metric for _, metric in self.names)

    def numbers(self, fields: Iterable[str], more: str = "") -> str:
        """The rows of some fields, which come as floats or integers."""
        return f"{source(self.bucket, self.start, self.stop)} {where(NUMBERS, self.devices, fields, more)}"

    def masked(self) -> str:
        """The marks of readings that are text now."""
        fields = [f"{OF_METRIC}{metric}" for metric in self.metrics]
        of = where(MARKS, self.devices, fields, " and r._value < 0")
        return f"{source(self.bucket, self.start, self.stop)} {of} {given('masked')}"


def raw(ask: Ask, of: Range, limit: int | None = None) -> list[Points]:
    """Numbers in order of time; of each series the first `limit + 1`."""
    most = "" if limit is None else f"|> limit(n: {limit + 1})"
    found = answers(ask(f"{of.numbers(of.metrics)} {most} {given('numbers')}\n{of.masked()}"))
    masked = found.get("masked", NOTHING)
    if limit is not None and len(masked):
        return [_beginning(points, limit) for points in raw(ask, of)]
    return [_numbers(found.get("numbers", NOTHING), masked, name) for name in of.names]


def buckets(ask: Ask, of: Range, step: int) -> list[Points]:
    """Numbers drawn together into buckets of `step` µs."""
    asked = [_drawn(of.numbers(of.metrics), name, step, name) for name in SUMS]
    found = answers(ask("\n".join([*asked, of.masked()])))
    if len(found.get("masked", NOTHING)):
        return [_points(fold(_columns(points), step)) for points in raw(ask, of)]
    return [_together(found, name, dict.fromkeys(SUMS, name[1]), step) for name in of.names]


def rolled(ask: Ask, of: Range, width: Width, step: int) -> list[Points]:
    """Rollups drawn together into buckets of `step` µs."""
    if step % WIDTHS[width]:
        raise ValueError(f"a step of {step} µs is no multiple of {width}: rollups of {width} cannot be cut")
    if step <= FEW * WIDTHS[width]:
        return _rolled_here(ask, of, step)
    asked = [
        _drawn(of.numbers(f"{metric}.{sum_}" for metric in of.metrics), sum_, step, drawn)
        for sum_, drawn in WINDOWS.items()
    ]
    void = f"{of.numbers((f'{metric}.count' for metric in of.metrics), ' and r._value == 0')} {given('void')}"
    found = answers(ask("\n".join([*asked, void])))
    if len(found.get("void", NOTHING)):
        return _rolled_here(ask, of, step)
    return [_together(found, name, {sum_: f"{name[1]}.{sum_}" for sum_ in SUMS}, step) for name in of.names]


def _rolled_here(ask: Ask, of: Range, step: int) -> list[Points]:
    fields = [f"{metric}.{sum_}" for metric in of.metrics for sum_ in SUMS]
    found = answers(ask(f"{of.numbers(fields)} {given('sums')}")).get("sums", NOTHING)
    return [_points(merge(_sums(found, name), step)) for name in of.names]


def _sums(found: Answer, name: tuple[str, str]) -> Columns:
    """The rollups of one series that have a number; all sums of one stand at its time."""
    device, metric = name
    time, count = found.at(device, f"{metric}.count")
    time, count = time[count > 0], count[count > 0]
    columns: dict[str, NDArray[Any]] = {
        "series": np.zeros(len(time), np.int32),
        "time": time,
        "count": count.astype(np.int64),
    }
    for sum_ in SUMS[:-1]:
        times, values = found.at(device, f"{metric}.{sum_}")
        columns[sum_] = values[np.searchsorted(times, time)]
    return columns


def _drawn(of: str, result: str, step: int, function: str) -> str:
    window = f'aggregateWindow(every: {step}us, fn: {function}, createEmpty: false, timeSrc: "_start")'
    return f"{of} |> {window} {given(result)}"


def _together(found: dict[str, Answer], name: tuple[str, str], fields: dict[str, str], step: int) -> Points:
    columns = {sum_: found.get(sum_, NOTHING).at(name[0], fields[sum_]) for sum_ in SUMS}
    first, low, high, last, total, count = (columns[sum_][1] for sum_ in SUMS)
    # The first window begins where the range does.
    return Points(columns["count"][0] // step * step, last, first, low, high, count.astype(np.int64), total)


def _numbers(found: Answer, masked: Answer, name: tuple[str, str]) -> Points:
    time, value = found.at(*name)
    gone, _ = masked.at(name[0], f"{OF_METRIC}{name[1]}")
    left: NDArray[np.bool_] = ~np.isin(time, gone)
    return Points(time[left], value[left])


def _beginning(points: Points, limit: int) -> Points:
    return Points(points.time[: limit + 1], points.last[: limit + 1])


def _columns(points: Points) -> Columns:
    return {"series": np.zeros(len(points.time), np.int32), "time": points.time, "value": points.last}


def _points(columns: Columns) -> Points:
    first, low, high, last, total, count = (columns[name] for name in SUMS)
    return Points(columns["time"], last, first, low, high, count, total)

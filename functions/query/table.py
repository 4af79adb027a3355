"""The answer of `/series` as CSV: a row a reading or bucket and series. Used by charts.py."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from events.times import rfc3339

BUCKET = ("first", "min", "max", "last", "count")
TOGETHER = ("mean", "min", "max", "count")
"""Of all devices."""


def table(answer: Mapping[str, Any]) -> str:
    """With a head; empty buckets are left out."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    raw = answer["source"] == "raw" and all("t" in series for series in answer["series"])
    names = ("value",) if raw else TOGETHER if all("mean" in series for series in answer["series"]) else BUCKET
    write(("time", "device", "metric", "unit", *names))
    for series in answer["series"]:
        for time, values in _points(series) if raw else _buckets(series, names, answer["t0"], answer["step"]):
            write((rfc3339(round(time * 1000)), series["device"], series["metric"], series["unit"] or "", *values))
    return text.getvalue()


def _points(series: Mapping[str, Any]) -> Iterator[tuple[float, tuple[Any, ...]]]:
    for time, value in zip(series["t"].tolist(), series["v"].tolist(), strict=True):
        yield time, (value,)


def _buckets(
    series: Mapping[str, Any], names: Sequence[str], t0: float, step: float
) -> Iterator[tuple[float, tuple[Any, ...]]]:
    for i, values in enumerate(zip(*(series[name].tolist() for name in names), strict=True)):
        if not math.isnan(values[0]):
            yield t0 + i * step, values

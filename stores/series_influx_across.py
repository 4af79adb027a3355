"""One metric of all devices, drawn together, from InfluxDB. Used by series_influx.py.

Asked in InfluxQL, which draws many series together while it reads them. Flux hands over the windows of each series
apart: those of 1,000 devices would be most of the answer.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from stores.ports import Points, Table
from stores.series_across import as_one
from stores.series_fold import merge
from stores.series_influx_flux import FOREVER
from stores.series_influx_http import InfluxHttp, Refused
from stores.series_influx_lines import MARKS, NUMBERS, OF_METRIC, SUMS
from stores.series_influx_query import Range, buckets, rolled

DRAWN = (("min", "min"), ("max", "max"), ("sum", "sum"), ("count", "sum"))
"""Sum of a rollup → how those of many become one."""


class Everyone(NamedTuple):
    """A metric of all devices in a bucket of InfluxDB, start ≤ time < stop (µs)."""

    bucket: str
    metric: str
    start: int
    stop: int


def across(http: InfluxHttp, of: Everyone, table: Table, step: int) -> Points:
    """Drawn together by the server, or here where something must be left out: numbers that text has taken the place of,
    rollups of which nothing is left."""
    drawn, gone = _asked(http, of, table, step)
    return _drawn(drawn) if not gone else _here(http, of, table, step)


def _here(http: InfluxHttp, of: Everyone, table: Table, step: int) -> Points:
    said = json.loads(http.get("/query", {"db": of.bucket, "q": f"SHOW TAG VALUES FROM {NUMBERS} WITH KEY = device"}))
    names = [(device, of.metric) for _, device in _rows(said["results"][0])]
    every = Range(of.bucket, names, of.start, of.stop)
    each = buckets(http.ask, every, step) if table == "raw" else rolled(http.ask, every, table, step)
    columns = {name: np.concatenate([getattr(points, name) for points in each]) for name in ("time", *SUMS)}
    one = merge(as_one({**columns, "series": np.repeat(np.arange(len(each)), [len(p.time) for p in each])}), step)
    return Points(one["time"], one["last"], one["first"], one["min"], one["max"], one["count"], one["sum"])


def _asked(http: InfluxHttp, of: Everyone, table: Table, step: int) -> tuple[list[list[Any]], bool]:
    """Rows of (start, min, max, sum, count), and whether they hold what does not count."""
    if table == "raw":
        wanted = ", ".join(f"{how}({_name(of.metric)})" for how in ("min", "max", "sum", "count"))
        mark = _name(f"{OF_METRIC}{of.metric}")
        gone = f"SELECT count({mark}) FROM {MARKS} WHERE {mark} < 0"
    else:
        wanted = ", ".join(f"{how}({_name(f'{of.metric}.{sum_}')})" for sum_, how in DRAWN)
        count = _name(f"{of.metric}.count")
        gone = f"SELECT count({count}) FROM {NUMBERS} WHERE {count} = 0"
    within = f"time >= {of.start * 1000} AND time < {min(of.stop, FOREVER) * 1000}"
    windows = f"SELECT {wanted} FROM {NUMBERS} WHERE {within} GROUP BY time({step}u) fill(none)"
    found = json.loads(http.get("/query", {"db": of.bucket, "epoch": "u", "q": f"{windows}; {gone} AND {within}"}))
    rows, void = (_rows(result) for result in found["results"])
    return rows, bool(void)


def _rows(result: dict[str, Any]) -> list[list[Any]]:
    if "error" in result:
        raise Refused(200, str(result["error"]))
    return [row for series in result.get("series", ()) for row in series["values"]]


def _drawn(rows: list[list[Any]]) -> Points:
    time = np.array([row[0] for row in rows], np.int64)
    low, high, total, count = (np.array([row[at] for row in rows], np.float64) for at in range(1, 5))
    mean = total / count
    return Points(time, mean, mean, low, high, count.astype(np.int64), total)


def _name(field: str) -> str:
    """An identifier of InfluxQL."""
    escaped = field.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

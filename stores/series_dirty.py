"""Rollups computed from raw rows, for buckets whose sums cannot be trusted. Used by series_duckdb.py at a flush."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from stores.ports import WIDTHS, Width
from stores.series_fold import Columns, fold, where, winners
from stores.series_schema import RAW, ROLLED, SUMS, insert

DAY = 86_400_000_000
"""Buckets of one day (µs) are computed with one query, so that it reads little beside them."""


def compute(cursor: duckdb.DuckDBPyConnection, width: Width, buckets: Columns, position: int) -> None:
    """Writes the rollup of each bucket (series, time) as the raw rows say, `position` being where they stand in the
    log."""
    day = buckets["time"] // DAY
    for one in np.unique(day).tolist():
        some = where(buckets, day == one)
        sums = fold(_numbers(cursor, width, some), WIDTHS[width])
        for rows in (sums, _empty(some, sums)):
            place = {"origin": np.full(len(rows["time"]), position), "nth": np.ones(len(rows["time"]), np.int32)}
            insert(cursor, f"{ROLLED[width]}_new", {**rows, **place})


def _numbers(cursor: duckdb.DuckDBPyConnection, width: Width, buckets: Columns) -> Columns:
    """The numbers of the buckets, in order of series and time."""
    us, start = WIDTHS[width], buckets["time"]
    cursor.register("dirty", pa.table(dict(buckets)))
    try:
        rows = cursor.execute(
            f"SELECT r.series, r.time, value, origin, nth FROM {RAW}_all r SEMI JOIN dirty d "
            f"ON r.series = d.series AND r.time - r.time % {us} = d.time WHERE r.time >= ? AND r.time < ?",
            [int(start.min()), int(start.max()) + us],
        ).fetchnumpy()
    finally:
        cursor.unregister("dirty")
    settled = winners(rows)
    return where(settled, ~np.isnan(settled["value"]))


def _empty(buckets: Columns, sums: Columns) -> Columns:
    """Rollups that say: nothing is left in these buckets."""
    filled = set(zip(sums["series"].tolist(), sums["time"].tolist(), strict=True))
    pairs = zip(buckets["series"].tolist(), buckets["time"].tolist(), strict=True)
    rest = where(buckets, np.array([pair not in filled for pair in pairs], np.bool_))
    nothing = {name: np.full(len(rest["time"]), np.nan) for name in SUMS}
    return {**rest, **nothing, "count": np.zeros(len(rest["time"]), np.int64)}

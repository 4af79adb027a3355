"""One metric of all devices of a tenant, drawn together, from the embedded series store. Used by series_duckdb.py."""

from __future__ import annotations

import duckdb
import numpy as np

from stores.ports import Points, Table
from stores.series_fold import Columns, fold, merge, where, winners
from stores.series_query import points
from stores.series_schema import RAW, ROLLED, SERIES, SUMS


def across(
    cursor: duckdb.DuckDBPyConnection, whose: tuple[str, str], table: Table, span: tuple[int, int], step: int
) -> Points:  # fmt: skip
    """whose: tenant and metric. Raw rows or rollups whose time lies in start ≤ time < stop."""
    name, columns = (RAW, ("value",)) if table == "raw" else (ROLLED[table], tuple(SUMS))
    sql = (
        f"SELECT series, time, {', '.join(columns)}, origin, nth FROM {name}_all WHERE time >= ? AND time < ? "
        f"AND series IN (SELECT id FROM {SERIES} WHERE tenant = ? AND metric = ?)"
    )
    rows = winners(cursor.execute(sql, [*span, *whose]).fetchnumpy())
    if table == "raw":
        return points(fold(as_one(where(rows, ~np.isnan(rows["value"]))), step))
    return points(merge(as_one(where(rows, rows["count"] > 0)), step))


def as_one(rows: Columns) -> Columns:
    """Rows of many series as those of one, in order of time."""
    one = where(rows, np.lexsort((rows["series"], rows["time"])))
    return {**one, "series": np.zeros(len(one["time"]), np.int32)}

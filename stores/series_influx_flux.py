"""Questions to InfluxDB in Flux, and their answers as columns. Used by the other series_influx*.py.

Every question keeps to what the server's storage answers by itself (range, filter, aggregateWindow, last): what its
interpreter does row by row costs a hundred times as much.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from stores.series_influx_http import Refused

FOREVER = 2**63 // 1000 - 1
"""µs."""

BLANK = b"\r\n\r\n"
"""Between two tables with other columns. No text holds it: series_influx_lines.py keeps line breaks as they are not."""

_TYPES = {
    "_time": pa.timestamp("ns", "UTC"), "_value": pa.float64(), "_field": pa.string(), "device": pa.string(),
    "result": pa.string(),
}  # fmt: skip
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "\\$"})


def text(value: str) -> str:
    """A string of Flux. `$` begins an expression inside of one."""
    return f'"{value.translate(_ESCAPES)}"'


def rfc3339(microseconds: int) -> str:
    """A time (µs) in UTC."""
    return f"{np.datetime64(microseconds, 'us')}Z"


def source(bucket: str, start: int, stop: int) -> str:
    """Rows of start ≤ time < stop (µs)."""
    ends = f"start: time(v: {start * 1000}), stop: time(v: {min(stop, FOREVER) * 1000})"
    return f"from(bucket: {text(bucket)}) |> range({ends})"


def where(measurement: str, devices: Iterable[str] | None, fields: Iterable[str] | None, more: str = "") -> str:
    """A filter; None: all."""
    terms = [f"r._measurement == {text(measurement)}"]
    for column, names in (("device", devices), ("_field", fields)):
        if names is not None:
            terms.append("(" + " or ".join(f"r.{column} == {text(name)}" for name in names) + ")")
    return f"|> filter(fn: (r) => {' and '.join(terms)}{more})"


def given(name: str, columns: Sequence[str] = ("_time", "_value", "_field", "device")) -> str:
    """One result of an answer that has several."""
    return f"|> keep(columns: [{', '.join(map(text, columns))}]) |> yield(name: {text(name)})"


class Answer:
    """Columns of one result: device and field as codes into their names, time in µs, value as a float."""

    def __init__(self, tables: Sequence[pa.Table]) -> None:
        whole = pa.concat_tables(tables) if tables else None
        self.time = _micro(whole) if whole is not None else np.empty(0, np.int64)
        self.value = whole["_value"].to_numpy() if whole is not None else np.empty(0)
        self.devices, self.device = _coded(whole, "device")
        self.fields, self.field = _coded(whole, "_field")

    def __len__(self) -> int:
        return len(self.time)

    def at(self, device: str, field: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Times and values of one series, in order of time."""
        if device not in self.devices or field not in self.fields:
            return self.time[:0], self.value[:0]
        own = (self.device == self.devices.index(device)) & (self.field == self.fields.index(field))
        time, value = self.time[own], self.value[own]
        order = np.argsort(time, kind="stable")
        return time[order], value[order]


def answers(body: bytes) -> dict[str, Answer]:
    """The results of an answer by name."""
    found: dict[str, list[pa.Table]] = {}
    for block in body.split(BLANK):
        if not block.strip():
            continue
        _check(block)
        options = arrow_csv.ConvertOptions(column_types=_TYPES, include_columns=[*_TYPES], include_missing_columns=True)
        table = arrow_csv.read_csv(pa.BufferReader(block.lstrip()), convert_options=options)
        for name in pc.unique(table["result"]).to_pylist():
            found.setdefault(name, []).append(table.filter(pc.equal(table["result"], name)))
    return {name: Answer(tables) for name, tables in found.items()}


def apart(body: bytes, result: str) -> tuple[bytes, bytes]:
    """The part of an answer that holds a result of other types than the rest, and the rest."""
    mark = f"\r\n,{result},".encode()
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    for block in body.split(BLANK):
        head, _, _ = block.lstrip().partition(b"\r\n")
        parts[0 if block.lstrip().startswith(head + mark) else 1].append(block)
    return BLANK.join(parts[0]), BLANK.join(parts[1])


def rows(body: bytes) -> Iterator[dict[str, str]]:
    """Row by row, as text: where values may hold line breaks."""
    header: list[str] = []
    for line in csv.reader(io.StringIO(body.decode(), newline="")):
        if not line:
            header = []
        elif not header:
            header = line
            if "error" in header:
                raise Refused(200, body.decode(errors="replace")[-300:].strip())
        else:
            yield dict(zip(header, line, strict=True))


def _check(block: bytes) -> None:
    """An error that comes halfway is told as a table."""
    head, _, rest = block.lstrip().partition(b"\r\n")
    if b"error" in head.split(b","):
        raise Refused(200, " ".join(rest.decode(errors="replace").split())[:300])


def _micro(table: pa.Table) -> NDArray[np.int64]:
    nanoseconds: NDArray[np.int64] = table["_time"].cast(pa.int64()).to_numpy()
    return nanoseconds // 1000


def _coded(table: pa.Table | None, column: str) -> tuple[Sequence[str], NDArray[Any]]:
    if table is None or not table.num_rows:
        return [], np.empty(0, np.int32)
    encoded = table[column].combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)

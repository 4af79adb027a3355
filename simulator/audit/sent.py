"""What the devices sent, from the readings file, as columns: what must be stored, and what may be. Read by `command`.

Of equal identities the one sent last counts. What was never acknowledged may be stored or not; what was refused must
not be.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from simulator.draws import Floats, Ints

Bools = npt.NDArray[np.bool_]
_FIELDS = {
    "device": pa.string(),
    "metric": pa.string(),
    "time": pa.int64(),
    "value": pa.float64(),
    "acked": pa.bool_(),
    "order": pa.int64(),
    "refused": pa.string(),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """The identities of one device: `metrics` are codes into `names`, `times` µs, `values` what was acknowledged last.

    `must` marks those with an acknowledged value; `maybe` has the values not acknowledged, by position. `first` and
    `last`: when each was sent first, and acknowledged last, in the order of sending (0 where that is not known).
    """

    device: str
    names: list[str]
    metrics: Ints
    times: Ints
    values: Floats
    must: Bools
    maybe: dict[int, set[float]]
    first: Ints
    last: Ints


@dataclass(frozen=True, slots=True)
class Sent:
    """A readings file. `rows` counts acknowledged lines; `refused` tells lines that the platform refused."""

    devices: list[str]
    names: list[str]
    columns: dict[str, npt.NDArray[np.generic]]
    starts: Ints
    rows: int
    refused: list[dict[str, object]]
    first: int
    last: int

    def each(self) -> Iterator[Expected]:
        """Device by device."""
        for code, (begin, end) in enumerate(zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)):
            yield self._expected(self.devices[code], slice(begin, end))

    def _expected(self, device: str, part: slice) -> Expected:
        metrics, times, values, acked = (self.columns[n][part] for n in ("metric", "time", "value", "acked"))
        order = self.columns["order"][part].astype(np.int64)
        new = np.concatenate(([True], (metrics[1:] != metrics[:-1]) | (times[1:] != times[:-1])))
        group, heads = np.cumsum(new) - 1, np.flatnonzero(new)
        last = np.full(len(heads), -1)
        rows = np.flatnonzero(acked)
        last[group[rows]] = rows  # in the order of sending: the last assignment stays
        maybe: dict[int, set[float]] = {}
        for row in np.flatnonzero(~acked.astype(bool)).tolist():
            maybe.setdefault(int(group[row]), set()).add(float(values[row]))
        return Expected(
            device, self.names, metrics[heads].astype(np.int64), times[heads].astype(np.int64),
            values[last].astype(np.float64), last >= 0, maybe, order[heads], order[last],
        )  # fmt: skip


def load(path: Path) -> Sent:
    """Read a readings file, up to its last whole line. ValueError: what is wrong with it."""
    table = _table(path)
    refused = table.filter(pc.is_valid(table["refused"]))
    table = table.filter(pc.is_null(table["refused"]))
    device, metric = (table[name].combine_chunks().dictionary_encode() for name in ("device", "metric"))
    codes = [np.asarray(column.indices, dtype=np.int64) for column in (device, metric)]
    times = np.asarray(table["time"]) * 1000
    sent = np.asarray(pc.fill_null(table["order"], 0))
    order = np.lexsort((sent, times, codes[1], codes[0]))
    columns: dict[str, npt.NDArray[np.generic]] = {
        "metric": codes[1][order],
        "time": times[order],
        "value": np.asarray(table["value"])[order],
        "acked": np.asarray(table["acked"])[order],
        "order": sent[order],
    }
    devices = device.dictionary.to_pylist()
    return Sent(
        devices, metric.dictionary.to_pylist(), columns,
        np.searchsorted(codes[0][order], np.arange(len(devices) + 1)).astype(np.int64),
        int(columns["acked"].sum()), refused.to_pylist(), int(times.min()), int(times.max()),
    )  # fmt: skip


def _table(path: Path) -> pa.Table:
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise ValueError(f"{path} is empty: did the devices send anything?")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        whole = pa.py_buffer(data)[: data.rfind(b"\n") + 1]
        schema = pa.schema(list(_FIELDS.items()))
        parse = json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        try:
            table = json.read_json(pa.BufferReader(whole), json.ReadOptions(block_size=1 << 24), parse)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path} is not a readings file: {error}") from None
    if not table.filter(pc.is_null(table["refused"])).num_rows:
        raise ValueError(f"{path} has no reading that was not refused")
    return table

"""One archive file as it grows: readings in the order of the log, as Parquet (zstd). Used by files.py.

Equal readings in equal events give equal bytes: row groups end where an event fills them, and nothing in the file tells
of the moment it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from events.joined import joined
from events.readings import Readings
from stores.ports import Origin

_TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema([
    ("device", pa.string()), ("metric", pa.string()), ("time", _TIME), ("received", _TIME), ("value", pa.float64()),
    ("text", pa.string()), ("late", pa.bool_()), ("revised", pa.bool_()), ("offset", pa.int64()), ("row", pa.int32()),
])  # fmt: skip
"""value: null where text stands. offset, row: the place in the inbox; of equal identities the highest counts."""

GROUP_ROWS = 65_536
"""A row group takes at least so many rows, except the last of a file."""

AT_ONCE = 256
"""Events made into columns at once: one by one would cost more than all else here. It leaves no trace in the file."""


class Writer:
    """A file in memory. first, last: inbox offsets of its first and its last event."""

    def __init__(self, origin: Origin) -> None:
        self.first = self.last = origin.offset
        self._sink = pa.BufferOutputStream()
        named = {"tenant": origin.tenant, "shard": str(origin.shard)}
        self._writer = pq.ParquetWriter(self._sink, SCHEMA.with_metadata(named), compression="zstd")
        self._events: list[tuple[int, Readings]] = []
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, offset: int, readings: Readings) -> None:
        """Adds the readings of one event."""
        self.last = offset
        self._events.append((offset, readings))
        self._rows += len(readings)
        if self._rows >= GROUP_ROWS:
            self._write_group()
        elif len(self._events) >= AT_ONCE:
            self._gather()

    def close(self) -> bytes:
        """The whole file."""
        if self._rows:
            self._write_group()
        self._writer.close()
        return bytes(self._sink.getvalue())

    def _gather(self) -> None:
        if self._events:
            self._waiting.append(_batch(self._events))
            self._events.clear()

    def _write_group(self) -> None:
        self._gather()
        group = pa.Table.from_batches(self._waiting, self._writer.schema).combine_chunks()
        self._writer.write_table(group, row_group_size=len(group))
        self._waiting.clear()
        self._rows = 0


def _batch(events: Sequence[tuple[int, Readings]]) -> pa.RecordBatch:
    """Readings with the offsets of their events."""
    held = joined([readings for _, readings in events]).to_arrow()
    lengths = [len(readings) for _, readings in events]
    columns = {
        "device": held["device"].dictionary_decode(),
        "metric": held["metric"].dictionary_decode(),
        "time": held["time"].cast(_TIME),
        "received": held["received"].cast(_TIME),
        "value": pc.if_else(pc.is_nan(held["value"]), None, held["value"]),
        "text": held["text"],
        "late": held["late"],
        "revised": held["revised"],
        "offset": pa.array(np.array([offset for offset, _ in events], np.int64).repeat(lengths)),
        "row": pa.array(np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)

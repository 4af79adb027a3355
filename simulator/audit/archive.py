"""The Parquet files of the archive: nothing twice, nothing changed, nothing invented. Called by `command` with
`--objects`.

What is not yet archived is not missing: files are cut late. But a device's readings are archived in the order in which
it sent them, so what was sent before an archived one must be there. The columns read: device, metric, time, value,
offset, row.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.audit.compare import compare, keys
from simulator.audit.findings import Finding, Findings, minute_of, text
from simulator.audit.sent import Expected, Sent
from simulator.audit.stored import Stored

COLUMNS = ["device", "metric", "time", "value", "offset", "row"]


class Archive:
    """All archived readings of a tenant in the time of a run, in the order of series, time and place in the log."""

    def __init__(self, folder: Path, tenant: str, sent: Sent) -> None:
        files = sorted(folder.rglob(f"tenant={tenant}/**/*.parquet"))
        self.files = len(files)
        table = pa.concat_tables([_read(file, sent) for file in files]) if files else _EMPTY
        self.rows = table.num_rows
        codes = [_codes(table[name], known) for name, known in (("device", sent.devices), ("metric", sent.names))]
        columns = [*codes, *(np.asarray(table[n].cast(pa.int64())) for n in ("time", "offset", "row"))]
        order = np.lexsort(columns[::-1])
        self._columns = [column[order] for column in columns]
        self._values = np.asarray(pc.fill_null(table["value"], float("nan")))[order]
        self._devices = {name: code for code, name in enumerate(sent.devices)}
        self._names = sent.names
        self._absent: set[tuple[str, str, int]] = set()

    def check(self, expected: Expected, findings: Findings) -> None:
        """Compare what is archived of a device with what was sent."""
        code = self._devices[expected.device]
        part = slice(*np.searchsorted(self._columns[0], [code, code + 1]).tolist())
        _, metrics, times, offsets, rows = (column[part] for column in self._columns)
        values = self._values[part]
        same = (metrics[1:] == metrics[:-1]) & (times[1:] == times[:-1])
        again = same & (offsets[1:] == offsets[:-1]) & (rows[1:] == rows[:-1])
        for i in np.flatnonzero(again).tolist():
            example = f"{text(int(times[i]))} archived twice from record {offsets[i]} of the inbox"
            minute = minute_of(int(times[i]))
            findings.add(Finding("doubled", expected.device, self._names[metrics[i]], minute, example, "archive"))
        last = np.append(~same, True)[: len(times)]
        stored = Stored(self._names, metrics[last], times[last], values[last])
        only = Findings()
        compare(expected, stored, only, "archive")
        for finding in only:
            if finding.kind == "lost":
                self._absent.add((finding.device, finding.metric, finding.minute))
            else:
                findings.add(finding)
        self._passed_over(expected, stored, findings)

    def _passed_over(self, expected: Expected, stored: Stored, findings: Findings) -> None:
        origin = int(expected.times.min())
        wanted = keys(expected.metrics, expected.times, origin)
        there = np.isin(wanted, keys(stored.metrics, stored.times, origin))
        reached = expected.first[there].max(initial=0)
        for row in np.flatnonzero(expected.must & ~there & (expected.last < reached)).tolist():
            metric, time = self._names[expected.metrics[row]], int(expected.times[row])
            example = f"{text(time)} acknowledged, but not archived with what was sent after it"
            findings.add(Finding("lost", expected.device, metric, minute_of(time), example, "archive"))

    def has(self, device: str, metric: str, minute: int) -> bool:
        """Whether all that was sent of a series in a minute is here; known after check()."""
        return self.rows > 0 and (device, metric, minute) not in self._absent


_EMPTY = pa.table(
    {
        n: pa.array([], t)
        for n, t in zip(COLUMNS, (pa.string(),) * 2 + (pa.int64(), pa.float64()) + (pa.int64(),) * 2, strict=True)
    }
)


def _read(file: Path, sent: Sent) -> pa.Table:
    """ValueError: the file and what is wrong with it."""
    try:
        table = pq.ParquetFile(file).read(columns=COLUMNS)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{file} is not an archive file: {error}") from None
    if missing := set(COLUMNS) - set(table.column_names):
        raise ValueError(f"{file} has no column {', '.join(sorted(missing))}")
    micros = (
        table["time"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        if pa.types.is_timestamp(table["time"].type)
        else table["time"]
    )
    table = table.set_column(COLUMNS.index("time"), "time", micros)
    inside = pc.and_(pc.greater_equal(micros, sent.first), pc.less_equal(micros, sent.last))
    ours = pc.and_(pc.is_in(table["device"], pa.array(sent.devices)), pc.is_in(table["metric"], pa.array(sent.names)))
    return table.filter(pc.and_(inside, ours))


def _codes(column: pa.ChunkedArray, known: list[str]) -> npt.NDArray[np.int64]:
    return np.asarray(pc.index_in(column, pa.array(known, pa.string())), dtype=np.int64)

"""The rollups of a device against its stored readings: count, min, max, first and last of every minute. Called by
`command`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.audit.findings import MINUTE, Finding, Findings, minute_of, text
from simulator.audit.platform import Platform
from simulator.audit.stored import Stored
from simulator.draws import Floats, Ints

MOST = 4000  # buckets an answer has
GRACE = (
    5 * MINUTE
)  # behind the clock before a missing bucket is a finding: it closes 2 min after its end, and is then written


class Rollups:
    """Checks `/series`. `checked` counts buckets, `clock` is the log's (µs)."""

    def __init__(self, platform: Platform, clock: int, findings: Findings) -> None:
        self._platform, self._clock, self._findings = platform, clock, findings
        self.checked = 0

    def check(self, device: str, stored: Stored, begin: int, end: int) -> None:
        """Compare the minutes from begin to end (µs), of which `stored` has all readings."""
        used = np.unique(stored.metrics[~np.isnan(stored.values)]).tolist()
        for at in range(begin, end, MOST * MINUTE):
            span = max(100, min(MOST, -(-(end - at) // MINUTE)))
            for some in (used[i : i + 20] for i in range(0, len(used), 20)):
                names = ",".join(stored.names[m] for m in some)
                answer = self._platform.get(
                    "series", devices=device, metrics=names, source="rollup:1m", px=span,
                    **{"from": at // 1000, "to": (at + span * MINUTE) // 1000},
                )  # fmt: skip
                self._answer(answer, device, stored, (at, min(end, at + span * MINUTE)))

    def _answer(self, answer: dict[str, Any], device: str, stored: Stored, span: tuple[int, int]) -> None:
        codes = {name: code for code, name in enumerate(stored.names)}
        for series in answer["series"]:
            if "count" not in series:
                continue  # raw: too few points for the API to roll up; `compare` has seen them
            mine = (stored.metrics == codes[series["metric"]]) & ~np.isnan(stored.values)
            order = np.argsort(stored.times[mine], kind="stable")
            step = round(float(answer["step"]) * 1000)
            t0 = round(float(answer["t0"]) * 1000)
            wanted = _buckets(stored.times[mine][order], stored.values[mine][order], t0, step)
            for i, bucket in enumerate(series["count"]):
                begin = t0 + i * step
                if span[0] <= begin and begin + step <= span[1]:
                    self._bucket(series, i, wanted.get(i), (device, begin, begin + step), bucket)

    def _bucket(
        self, series: dict[str, Any], i: int, wanted: dict[str, float] | None, at: tuple[str, int, int], count: object
    ) -> None:
        device, begin, end = at
        if not count and wanted and end + GRACE < self._clock:
            self._note(device, series["metric"], begin, f"no rollup of {int(wanted['count'])} readings")
        if not count:
            return
        self.checked += 1
        if wanted is None:
            self._note(device, series["metric"], begin, f"a rollup counts {count} readings, none is stored")
            return
        differ = [f"{n} {series[n][i]} for {v}" for n, v in wanted.items() if n in series and series[n][i] != v]
        if differ:
            self._note(device, series["metric"], begin, ", ".join(differ))

    def _note(self, device: str, metric: str, begin: int, words: str) -> None:
        example = f"{text(begin)} {words}"
        self._findings.add(Finding("miscounted", device, metric, minute_of(begin), example, "rollups", stage="record"))


def _buckets(times: Ints, values: Floats, t0: int, step: int) -> dict[int, dict[str, float]]:
    """What each bucket should say, from readings in the order of time."""
    if not len(times):
        return {}
    number = (times - t0) // step
    heads = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
    count = np.diff(np.append(heads, len(number)))
    columns = {
        "count": count,
        "first": values[heads],
        "min": np.minimum.reduceat(values, heads),
        "max": np.maximum.reduceat(values, heads),
        "last": values[heads + count - 1],
    }
    rows = {name: column.tolist() for name, column in columns.items()}
    return {n: {name: row[i] for name, row in rows.items()} for i, n in enumerate(number[heads].tolist())}

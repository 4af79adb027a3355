"""Series as numbers: tenant, device and metric ↔ an int, and the newest reading of each. In memory, loaded when the
store is opened, kept up at every flush. Used by series_duckdb.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.readings import Readings
from stores.ports import Stored

NEVER = np.iinfo(np.int64).min
"""The time of a series that has no reading."""

COLUMNS = {"received": "i8", "value": "f8", "text": "O", "late": "?", "revised": "?"}


class Name(NamedTuple):
    """What a number stands for."""

    tenant: str
    device: str
    metric: str


class Catalogue:
    """Numbers count from 0 in the order in which series were first written."""

    def __init__(self) -> None:
        self.names: list[Name] = []
        self._ids: dict[str, dict[str, dict[str, int]]] = {}

    def add(self, tenant: str, device: str, metric: str) -> int:
        """The number of a series, a new one if it has none."""
        metrics = self._ids.setdefault(tenant, {}).setdefault(device, {})
        id = metrics.get(metric)
        if id is None:
            id = metrics[metric] = len(self.names)
            self.names.append(Name(tenant, device, metric))
        return id

    def forget(self, keep: int) -> None:
        """Takes back the numbers from `keep` on: their flush did not come about."""
        for name in self.names[keep:]:
            del self._ids[name.tenant][name.device][name.metric]
        del self.names[keep:]

    def number(self, tenant: str, readings: Readings) -> NDArray[np.int32]:
        """The number of each row's series."""
        devices, metrics = readings.devices, readings.metrics
        width = max(1, len(metrics))
        pairs, at = np.unique(readings.device.astype(np.int64) * width + readings.metric, return_inverse=True)
        named = list(zip((pairs // width).tolist(), (pairs % width).tolist(), strict=True))
        held = self._ids.get(tenant, {})
        known = [held.get(device, {}) for device in devices]
        ids = [known[device].get(metrics[metric]) for device, metric in named]
        if None in ids:
            ids = [self.add(tenant, devices[device], metrics[metric]) for device, metric in named]
        return np.array(ids, np.int32)[at]

    def find(self, tenant: str, device: str, metric: str | None = None) -> list[int]:
        """The numbers of a device's series, or of one of them."""
        metrics = self._ids.get(tenant, {}).get(device, {})
        return list(metrics.values()) if metric is None else [metrics[name] for name in (metric,) if name in metrics]

    def devices(self, tenant: str) -> Sequence[str]:
        """Every device of a tenant that has a series."""
        return list(self._ids.get(tenant, {}))

    def metrics(self, tenant: str, device: str | None) -> Sequence[str]:
        """Names of metrics, of a device or of all, sorted."""
        devices = self._ids.get(tenant, {})
        held = list(devices.values()) if device is None else [devices.get(device, {})]
        return sorted({name for metrics in held for name in list(metrics)})

    def of(self, tenant: str) -> NDArray[np.int32]:
        """Every number of a tenant."""
        return np.array([id for id, name in enumerate(self.names) if name.tenant == tenant], np.int32)


class Latest:
    """The newest reading of every series, by number. Any thread may ask while one adds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._time = np.full(1024, NEVER, np.int64)
        self._held: dict[str, NDArray[Any]] = {name: np.empty(1024, dtype) for name, dtype in COLUMNS.items()}

    def add(self, series: NDArray[np.int32], rows: Mapping[str, NDArray[Any]]) -> None:
        """Takes rows in the order of the log: of a series' newest time the last one stays."""
        if not len(series):
            return
        with self._lock:
            self._grow(int(series.max()) + 1)
            np.maximum.at(self._time, series, rows["time"])
            newest = np.flatnonzero(rows["time"] == self._time[series])
            last = np.full(len(self._time), -1, np.int64)
            np.maximum.at(last, series[newest], newest)
            changed = np.flatnonzero(last >= 0)
            for name, column in self._held.items():
                column[changed] = rows[name][last[changed]]

    def drop(self, series: NDArray[np.int32], before: int) -> None:
        """Forgets what is older than `before`."""
        with self._lock:
            series = series[series < len(self._time)]
            self._time[series[self._time[series] < before]] = NEVER

    def rows(self, series: Iterable[int] | None = None) -> dict[str, NDArray[Any]]:
        """The newest readings of some series, or of all, in columns."""
        with self._lock:
            at = np.arange(len(self._time)) if series is None else np.fromiter(series, np.int64)
            at = at[at < len(self._time)]
            at = at[self._time[at] != NEVER]
            columns = {name: column[at] for name, column in self._held.items()}
            return {"series": at.astype(np.int32), "time": self._time[at], **columns}

    def _grow(self, rows: int) -> None:
        missing = rows - len(self._time)
        if missing > 0:
            more = max(missing, len(self._time))
            self._time = np.concatenate([self._time, np.full(more, NEVER, np.int64)])
            for name, column in self._held.items():
                self._held[name] = np.concatenate([column, np.empty(more, column.dtype)])


def by_device(names: Sequence[Name], rows: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Stored]]:
    """device → metric → reading, of rows in columns."""
    found: dict[str, dict[str, Stored]] = {}
    columns = [rows[name].tolist() for name in ("series", "time", *COLUMNS)]
    for id, time, received, value, text, late, revised in zip(*columns, strict=True):
        _, device, metric = names[id]
        stored = Stored(device, metric, time, received, value, text, late, revised)
        found.setdefault(device, {})[metric] = stored
    return found

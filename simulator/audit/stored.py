"""What the platform stored of one device, from `/readings`. Read by `command`, compared by `compare` and `rollups`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simulator.audit.moments import micros
from simulator.audit.platform import PAGE, Platform
from simulator.draws import Floats, Ints


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of one device: `metrics` are codes into `names`, `times` µs, `values` NaN for text."""

    names: list[str]
    metrics: Ints
    times: Ints
    values: Floats


class Shelf:
    """Asks for a device's readings: all metrics in one list where the API can do that, else one by one."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._together: bool | None = None

    def stored(self, device: str, names: list[str], begin: int, end: int) -> Stored:
        """The rows with begin <= time < end (µs). `names`: metrics by code; those unknown get further codes."""
        span = {"device": device, "from": begin // 1000, "to": -(-end // 1000), "limit": PAGE}
        names, codes = list(names), {name: code for code, name in enumerate(names)}
        metrics: list[int] = []
        times: list[object] = []
        values: list[object] = []
        for name, item in self._rows(span, names):
            if name not in codes:
                codes[name] = len(names)
                names.append(name)
            metrics.append(codes[name])
            times.append(item["time"])
            values.append(item.get("value"))
        moments = micros(times)
        inside = (moments >= begin) & (moments < end)
        numbers = np.array(values, dtype=np.float64)  # null, which text has, becomes NaN
        return Stored(names, np.array(metrics, dtype=np.int64)[inside], moments[inside], numbers[inside])

    def _rows(self, span: dict[str, object], names: list[str]) -> Iterable[tuple[str, dict[str, object]]]:
        if self._platform.may("devices/" + str(span["device"])) is None:
            return ()
        if self._together is None:
            probe = self._platform.may("readings", **{**span, "limit": 1})
            self._together = probe is not None and all("metric" in item for item in probe["items"])
        if self._together:
            return ((str(item["metric"]), item) for item in self._platform.items("readings", **span))
        return ((n, item) for n in names for item in self._platform.items("readings", metric=n, **span))

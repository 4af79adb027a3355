"""`/series`: several series over one range for a chart of so many pixels, raw or drawn together. Mounted by router.py.

Never more than four points a pixel and series: raw readings where there are no more, else buckets with first, min, max,
last and count, from which a chart loses no peak. Over all devices (`devices=*&over=devices`) mean, min, max and count
of each metric, as fleet.py draws them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from events.definition_check import Fault
from functions.problem import Problem
from functions.query import fleet
from functions.query.facts import Facts
from functions.query.history import Buckets, Several, Source
from functions.query.ladder import Grid, grid
from functions.query.table import TOGETHER, table
from functions.query.units import Units
from functions.request import LATEST, Answer, Span, Tenant, Within
from stores.ports import WIDTHS, Points, Series, Stored

MOST_SERIES = 20
A_PIXEL = 4
EVERY = "*"
"""As `devices`: all of them."""
HOUR = 3_600_000_000


def _split(text: str, field: str) -> list[str]:
    names = list(dict.fromkeys(name for name in text.split(",") if name))
    if not names:
        raise Problem(400, f"{field} names none", [Fault(field, "names none")])
    return names


class Asked(NamedTuple):
    """Devices and metrics. together: whether the device is EVERY, all as one."""

    names: Sequence[tuple[str, str]]
    together: bool


def _asked(
    devices: Annotated[str, Query(description="ids, comma-separated; * for all, with over=devices")],
    metrics: Annotated[str, Query(description="names, comma-separated")],
    over: Annotated[Literal["devices"] | None, Query(description="draws all devices together")] = None,
) -> Asked:
    names = [(device, metric) for device in _split(devices, "devices") for metric in _split(metrics, "metrics")]
    if (devices == EVERY) != (over is not None):
        detail = "devices=* and over=devices go together: all devices are drawn as one series a metric"
        raise Problem(400, detail, [Fault("over", detail)])
    if len(names) > MOST_SERIES:
        detail = f"{len(names)} series are asked for; at most {MOST_SERIES} at once"
        raise Problem(400, detail, [Fault("devices", detail)])
    return Asked(names, over is not None)


Wanted = Annotated[Asked, Depends(_asked)]


class Chart(NamedTuple):
    """What is asked for. px: pixels. source: None to let the platform choose. clock: of the log, µs."""

    tenant: str
    names: Sequence[tuple[str, str]]
    span: Span
    px: int
    source: Source | None
    clock: int

    def reaches(self, kept: int) -> bool:
        """Whether it begins before what is kept for so long (µs)."""
        return self.span.start < self.clock - kept


class Charts:
    """Answers charts from the series store."""

    def __init__(self, series: Series, units: Units, facts: Facts) -> None:
        self._series, self._units, self._facts = series, units, facts

    def routes(self) -> APIRouter:
        """`/series`."""
        routes = APIRouter(tags=["series"])
        routes.add_api_route("/series", self.chart, methods=["GET"])
        return routes

    def chart(
        self, request: Request, tenant: Tenant, wanted: Wanted, within: Within,
        px: Annotated[int, Query(description="pixels, taken as 100 to 4000")] = 1000, source: Source | None = None,
    ) -> Response:  # fmt: skip
        """Several series over one range; `devices=*&over=devices` gives mean, min, max and count of all devices
        together. As text/csv if that is what the request accepts."""
        clock = self._facts.clock() or 0
        chart = Chart(tenant, wanted.names, _range(within, clock), min(max(px, 100), 4000), source, clock)
        answer = self._answer(chart) if not wanted.together else self._over(chart)
        if "text/csv" in request.headers.get("accept", ""):
            return Response(table(answer), media_type="text/csv", headers={"content-disposition": "attachment"})
        return Answer(answer)

    def _answer(self, chart: Chart) -> dict[str, Any]:
        tenant, span = chart.tenant, chart.span
        latest = self._series.latest(tenant, list(dict.fromkeys(device for device, _ in chart.names)))
        newest = [latest.get(device, {}).get(metric) for device, metric in chart.names]
        every = Several(self._series, tenant, chart.names, newest)
        source, least = self._source(chart)
        cells = grid(*span, chart.px, least)
        found = self._found(chart, every, cells, source)
        raw = self._raw(chart, every, found) if chart.source in (None, "raw") else None
        says = {device: self._units.metrics(tenant, device) for device in {device for device, _ in chart.names}}
        named = [_named(device, metric, says[device].get(metric, {})) for device, metric in chart.names]
        shown = [n | (_points(raw[i]) if raw is not None else _columns(found[i])) for i, n in enumerate(named)]
        return {
            "from": span.start / 1000, "to": span.stop / 1000,
            "t0": cells.start / 1000, "step": cells.step / 1000, "n": cells.n,
            "source": "raw" if raw is not None else source,
            "watermark": {n["id"]: _watermark(held, span) for n, held in zip(named, newest, strict=True)},
            "partial": self._partial(chart), "series": shown,
        }  # fmt: skip

    def _over(self, chart: Chart) -> dict[str, Any]:
        source, least = self._source(chart)
        cells = grid(*chart.span, chart.px, least)
        says = self._units.every(chart.tenant)
        shown = []
        for device, metric in chart.names:
            whose = chart.tenant, metric
            if chart.source in ("rollup:1m", "rollup:1h"):
                found = fleet.rolled(self._series, whose, cells, source)
            else:
                found = fleet.spread(self._series, whose, cells, source, chart.clock)
            named = _named(device, metric, says.get(metric, {}))
            shown.append(named | {name: getattr(found, name) for name in TOGETHER})
        head = {"from": chart.span.start / 1000, "to": chart.span.stop / 1000}
        steps = {"t0": cells.start / 1000, "step": cells.step / 1000, "n": cells.n, "source": source}
        watermark: dict[str, float | None] = {named["id"]: None for named in shown}
        return {**head, **steps, "watermark": watermark, "partial": self._partial(chart), "series": shown}

    def _source(self, chart: Chart) -> tuple[Source, int]:
        """Where buckets come from, and how wide they are at least."""
        if chart.source is not None:
            return chart.source, 1 if chart.source == "raw" else WIDTHS["1m" if chart.source == "rollup:1m" else "1h"]
        if chart.reaches(self._facts.kept_minutes):
            return "rollup:1h", WIDTHS["1h"]
        least = WIDTHS["1m"] if chart.reaches(self._facts.kept_raw) else 1
        step = grid(*chart.span, chart.px, least).step
        return "rollup:1h" if step >= WIDTHS["1h"] else "rollup:1m" if step >= WIDTHS["1m"] else "raw", least

    def _found(self, chart: Chart, every: Several, cells: Grid, source: Source) -> list[Buckets]:
        """A rollup that was asked for by name is shown as it is, without what is not closed yet."""
        if chart.source in ("rollup:1m", "rollup:1h"):
            return every.rollups(cells, "1m" if chart.source == "rollup:1m" else "1h")
        return every.buckets(cells, source)

    def _raw(self, chart: Chart, every: Several, found: Sequence[Buckets]) -> Sequence[Points] | None:
        """The readings themselves, if they are few and still kept; an outer bucket may count some beyond the range."""
        most = A_PIXEL * chart.px
        if chart.reaches(self._facts.kept_raw) or any(b.count.sum() > 2 * most for b in found):
            return None
        points = every.raw(*chart.span, most)
        return points if all(len(some.time) <= most for some in points) else None

    def _partial(self, chart: Chart) -> bool:
        """Whether the range begins before what is kept of the source that was asked for."""
        kept = {"raw": self._facts.kept_raw, "rollup:1m": self._facts.kept_minutes}.get(chart.source or "")
        return kept is not None and chart.reaches(kept)


def _range(within: Span, clock: int) -> Span:
    """The last hour of the clock, if nothing is said."""
    stop = within.stop if within.stop < LATEST else max(clock, HOUR) + 1
    start = within.start or stop - HOUR
    if start >= stop:
        raise Problem(400, "from is not before to", [Fault("from", "is not before to")])
    return Span(start, stop)


def _named(device: str, metric: str, says: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"{device}/{metric}", "device": device, "metric": metric, "unit": says.get("unit") or None}


def _watermark(newest: Stored | None, span: Span) -> float | None:
    """Up to where the answer is complete, ms: a live point at or before it is in the answer."""
    return min(newest.time, span.stop - 1) / 1000 if newest is not None else None


def _points(points: Points) -> dict[str, Any]:
    return {"t": points.time / 1000, "v": points.last}


def _columns(buckets: Buckets) -> dict[str, Any]:
    names = ("first", "min", "max", "last", "count")
    return {name: np.ascontiguousarray(getattr(buckets, name)) for name in names}

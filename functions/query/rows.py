"""Readings one by one: `/readings`, `/devices/{id}/latest` and `/metrics`. Mounted by router.py."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Query

from events.definition_check import Fault
from functions.problem import Problem
from functions.query.units import Units
from functions.request import Answer, Cursor, Tenant, Within, listed
from stores.collections import DEVICE_STATES, DEVICES
from stores.ports import Documents, Series, Stored

MOST = 10_000


class Rows:
    """Answers from the series store."""

    def __init__(self, series: Series, documents: Documents, units: Units) -> None:
        self._series, self._documents, self._units = series, documents, units

    def routes(self) -> APIRouter:
        """The three routes."""
        routes = APIRouter(tags=["series"])
        routes.add_api_route("/readings", self.readings, methods=["GET"])
        routes.add_api_route("/devices/{id}/latest", self.latest, methods=["GET"])
        routes.add_api_route("/metrics", self.metrics, methods=["GET"])
        return routes

    def readings(
        self, tenant: Tenant, device: str, within: Within, metric: str | None = None, cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
    ) -> Answer:  # fmt: skip
        """Stored readings, one of each identity, in order of time and metric; of one metric or of all."""
        after = _place(cursor) if cursor is not None else None
        found = self._series.readings(tenant, device, metric, *within, after, limit + 1)
        page = found[:limit]
        more = _cursor(page[-1]) if len(found) > limit else None
        return listed(_shown(page), more)

    def latest(self, tenant: Tenant, id: str) -> Answer:
        """The newest reading of every metric of a device."""
        newest = self._series.latest(tenant, [id]).get(id, {})
        if not newest and not self._known(tenant, id):
            raise Problem(404, f"there is no device {id[:128]!r}")
        says = self._units.metrics(tenant, id)
        rows = _shown([newest[metric] for metric in sorted(newest)])
        return listed({**row, "unit": says.get(row["metric"], {}).get("unit") or None} for row in rows)

    def metrics(self, tenant: Tenant, device: str | None = None) -> Answer:
        """Names of metrics, of a device or of all, with what the profile says."""
        says = self._units.metrics(tenant, device) if device is not None else self._units.every(tenant)
        return listed(_metric(name, says.get(name, {})) for name in self._series.metrics(tenant, device))

    def _known(self, tenant: str, id: str) -> bool:
        return any(self._documents.get(collection, tenant, id) for collection in (DEVICE_STATES, DEVICES))


def _metric(name: str, says: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "unit": says.get("unit") or None, **{n: says.get(n) for n in ("min", "max", "decimals")}}


def _shown(rows: Iterable[Stored]) -> list[dict[str, Any]]:
    """As documents; times in RFC 3339, made at a stroke."""
    rows = list(rows)
    columns = [np.array([row[at] for row in rows], "i8").astype("M8[us]") for at in (2, 3)]
    times, received = ([f"{text}Z" for text in np.datetime_as_string(c, "us").tolist()] for c in columns)
    return [
        {
            "device": row.device, "metric": row.metric, "time": times[i], "received": received[i],
            "value": None if math.isnan(row.value) else row.value, "text": row.text, "late": row.late,
            "revised": row.revised,
        }
        for i, row in enumerate(rows)
    ]  # fmt: skip


def _cursor(last: Stored) -> str:
    return urlsafe_b64encode(msgspec.json.encode([last.time, last.metric])).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, str]:
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=tuple[int, str])
    except ValueError as error:
        detail = "this cursor is none that a page of this list gave: begin again without one"
        raise Problem(400, detail, [Fault("cursor", detail)]) from error

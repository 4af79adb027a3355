"""What happened, newest first: `/alerts`, `/anomalies` and `/devices/{id}/rejected`. Mounted by router.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from events.definition_check import Fault
from events.shown import shown
from functions.problem import Problem
from functions.request import LATEST, Answer, Cursor, Span, Tenant, Within, etag, listed
from stores.collections import ALERTS, ANOMALIES, REJECTED, REJECTED_COUNTS
from stores.ports import Documents

Limit = Annotated[int, Query(ge=1, le=1000)]
Severity = Literal["critical", "major", "minor", "warning"]


def _given(**where: Any) -> dict[str, Any]:
    return {field: value for field, value in where.items() if value is not None}


def _which(
    state: Literal["active", "cleared"] | None = None, severity: Severity | None = None, device: str | None = None,
    rule: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return _given(state=state, severity=severity, device=device, rule=rule)


Which = Annotated[dict[str, Any], Depends(_which)]
"""Alerts with these fields."""


class Happenings:
    """Answers from the documents that materialize writes."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def routes(self) -> APIRouter:
        """The routes."""
        routes = APIRouter()
        routes.add_api_route("/alerts", self.alerts, methods=["GET"], tags=["alerts"])
        routes.add_api_route("/alerts/{id}", self.alert, methods=["GET"], tags=["alerts"])
        routes.add_api_route("/anomalies", self.anomalies, methods=["GET"], tags=["anomalies"])
        routes.add_api_route("/devices/{id}/rejected", self.rejected, methods=["GET"], tags=["devices"])
        return routes

    def alerts(self, tenant: Tenant, within: Within, which: Which, cursor: Cursor = None, limit: Limit = 100) -> Answer:
        """Those raised within the span, the newest first."""
        return listed(*self._find(ALERTS, tenant, {**which, **_in(within, "raised_at")}, "raised_at", cursor, limit))

    def alert(self, tenant: Tenant, id: str) -> Answer:
        """One alert; the ETag is its version."""
        held = self._documents.get(ALERTS, tenant, id)
        if held is None:
            raise Problem(404, f"there is no alert {id[:128]!r}")
        return Answer(shown(held.body), headers=etag(held.revision))

    def anomalies(
        self, tenant: Tenant, within: Within, device: str | None = None, metric: str | None = None,
        state: Literal["open", "closed"] | None = None, cursor: Cursor = None, limit: Limit = 100,
    ) -> Answer:  # fmt: skip
        """Those that began within the span, the newest first; last, those that began before it and reach into it."""
        where = _given(state=state, device=device, metric=metric)
        items, more = self._find(ANOMALIES, tenant, where | _in(within, "start"), "start", cursor, limit)
        if more is None and within.start > 0:
            items += self._reaching_into(tenant, where, within.start)
        return listed(items, more)

    def rejected(self, tenant: Tenant, id: str, cursor: Cursor = None, limit: Limit = 100) -> Answer:
        """The last hundred, and how many there were by reason. `?<shard>`: what came from no known device."""
        nameless = id.startswith("?")
        where = {"ring": id} if nameless else {"device": id}
        items, more = self._find(REJECTED, tenant, where, "received", cursor, limit)
        counts: Counter[str] = Counter()
        for counted in self._documents.find(REJECTED_COUNTS, tenant, {"device": id})[0]:
            counts.update(counted.body["reasons"])
        return listed(items, more, counts=counts)

    def _reaching_into(self, tenant: str, where: Mapping[str, Any], start: int) -> list[dict[str, Any]]:
        ended = {**where, "start<": start, "end>=": start}
        still = {**where, "start<": start, "end": None}
        return [one for some in (still, ended) for one in self._find(ANOMALIES, tenant, some, "start", None, 1000)[0]]

    def _find(
        self, collection: str, tenant: str, where: Mapping[str, Any], order: str, cursor: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        try:
            found, more = self._documents.find(collection, tenant, where, order, True, cursor, limit)
        except ValueError as error:
            raise Problem(400, str(error), [Fault("cursor", str(error))]) from error
        return [shown(document.body) for document in found], more


def _in(span: Span, field: str) -> dict[str, Any]:
    """A condition only where the span is one."""
    start = {f"{field}>=": span.start} if span.start > 0 else {}
    return start | ({f"{field}<": span.stop} if span.stop < LATEST else {})

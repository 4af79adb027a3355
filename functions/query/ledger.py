"""`/ledger`: what every stage counted in every minute, and what is on its way to it. Mounted by router.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from events.definition_check import Fault
from events.shown import shown
from functions.problem import Problem
from functions.request import Answer, Cursor, Tenant, Within, listed
from stores.collections import LEDGER
from stores.ports import Document, Documents

FIRST = "validate"
"""The stage whose `out` is every other's `in`."""

MINUTE = 60_000_000


class LedgerRows:
    """Answers from the documents that materialize writes."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def routes(self) -> APIRouter:
        """`/ledger`."""
        routes = APIRouter(tags=["ledger"])
        routes.add_api_route("/ledger", self.ledger, methods=["GET"])
        return routes

    def ledger(
        self, tenant: Tenant, within: Within, cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 2000,
    ) -> Answer:  # fmt: skip
        """In order of minutes, all tenants counted together; asked for as the tenant `main`. in_flight: what validate
        gave out less what the stage took in; null where either is not counted yet."""
        where = {"minute>=": within.start // MINUTE * MINUTE, "minute<": within.stop}
        try:
            found, more = self._documents.find(LEDGER, tenant, where, "minute", after=cursor, limit=limit)
        except ValueError as error:
            raise Problem(400, str(error), [Fault("cursor", str(error))]) from error
        return listed(self._rows(tenant, found), more)

    def _rows(self, tenant: str, found: Sequence[Document]) -> Iterable[dict[str, Any]]:
        given = self._given(tenant, found)
        for document in found:
            body = document.body
            out = given.get((body["minute"], body["shard"]))
            here = out is not None and body["stage"] != FIRST
            flying = out - body["in"] if here and out is not None else None
            yield {n: v for n, v in shown(body).items() if n != "version"} | {"in_flight": flying}

    def _given(self, tenant: str, found: Sequence[Document]) -> dict[tuple[int, int], int]:
        """(minute, shard) → what validate gave out, of the minutes that were found."""
        if not found:
            return {}
        span = {"minute>=": found[0].body["minute"], "minute<": found[-1].body["minute"] + 1}
        rows, _ = self._documents.find(LEDGER, tenant, {"stage": FIRST, **span}, "minute", limit=len(found) + 128)
        return {(row.body["minute"], row.body["shard"]): row.body["out"] for row in rows}

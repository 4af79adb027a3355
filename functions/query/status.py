"""`/status`: the platform at a glance, for the head of the page. Mounted by router.py."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import APIRouter

from functions.query.facts import Facts
from functions.query.happenings import Severity
from functions.request import Answer, Tenant
from stores.collections import ALERTS, DEVICE_STATES, LEDGER
from stores.ports import Documents

STATES = ("online", "offline", "never_seen", "disabled")


class Status:
    """Counts documents; the rest is told by the host."""

    def __init__(self, documents: Documents, facts: Facts) -> None:
        self._documents, self._facts = documents, facts

    def routes(self) -> APIRouter:
        """`/status`."""
        routes = APIRouter(tags=["platform"])
        routes.add_api_route("/status", self.status, methods=["GET"])
        return routes

    def status(self, tenant: Tenant) -> Answer:
        """clock: of the log, ms. rate: readings a second over the last minute that validate counted."""
        facts, clock = self._facts, self._facts.clock()
        return Answer({
            "version": facts.version, "tenant": tenant, "shards": facts.shards, "devices": self._devices(tenant),
            "alerts": {"active": self._alerts(tenant)}, "rate": self._rate(tenant), "log_bytes": facts.log_bytes(),
            "clock": clock / 1000 if clock is not None else None, "health": facts.health(),
        })  # fmt: skip

    def _devices(self, tenant: str) -> dict[str, int]:
        counts = {
            state: self._documents.count(DEVICE_STATES, tenant, {"state": state, "deleted": False}) for state in STATES
        }
        return {"total": sum(counts.values()), **counts}

    def _alerts(self, tenant: str) -> dict[str, int]:
        return {
            severity: self._documents.count(ALERTS, tenant, {"state": "active", "severity": severity})
            for severity in get_args(Severity)
        }

    def _rate(self, tenant: str) -> float | None:
        newest = self._counted(tenant, {}, 1)
        if not newest:
            return None
        rows = self._counted(tenant, {"minute": newest[0]["minute"]}, self._facts.shards)
        return float(sum(row["in"] for row in rows)) / 60

    def _counted(self, tenant: str, where: dict[str, Any], limit: int) -> list[Any]:
        found, _ = self._documents.find(LEDGER, tenant, {"stage": "validate", **where}, "minute", True, None, limit)
        return [row.body for row in found]

"""The web API that reads. Mounted by app.py under `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter

from functions.query.charts import Charts
from functions.query.facts import Facts
from functions.query.happenings import Happenings
from functions.query.ledger import LedgerRows
from functions.query.rows import Rows
from functions.query.status import Status
from functions.query.units import Units
from stores.definitions import DefinitionStore
from stores.ports import Documents, Series


def router(series: Series, documents: Documents, definitions: DefinitionStore, facts: Facts) -> APIRouter:
    """All routes of this function."""
    units = Units(documents, definitions)
    routes = APIRouter()
    routes.include_router(Charts(series, units, facts).routes())
    routes.include_router(Rows(series, documents, units).routes())
    routes.include_router(Happenings(documents).routes())
    routes.include_router(LedgerRows(documents).routes())
    routes.include_router(Status(documents, facts).routes())
    return routes

"""The web API of rules, profiles and commands. Mounted by app.py under `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter

from events.writer import Writer
from functions.rules.commands import commands
from functions.rules.crud import Crud
from stores.definitions import DefinitionStore

A_RULE = {
    "id": "too-warm", "name": "Cold room too warm", "severity": "critical", "scope": {"profiles": ["cold-room"]},
    "metric": "temperature", "when": {"kind": "threshold", "op": ">", "value": 8, "clear": 6, "for": "5m"},
}  # fmt: skip
A_PROFILE = {
    "id": "cold-room", "devices": ["cold-room-*"], "metrics": {"temperature": {"unit": "Cel", "min": -40, "max": 40}},
}  # fmt: skip


def router(definitions: DefinitionStore, writer: Writer) -> APIRouter:
    """`/rules`, `/profiles` and `/alerts/{id}/<command>`."""
    routes = APIRouter()
    routes.include_router(Crud("rule", definitions).routes("rules", A_RULE))
    routes.include_router(Crud("profile", definitions).routes("profiles", A_PROFILE))
    routes.include_router(commands(writer))
    return routes

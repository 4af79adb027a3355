"""The web API of devices. Mounted by app.py under `/api/v1`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from events.definition_check import Fault, Unfit, check
from events.merge_patch import merged
from functions.devices.fleet import STATES, Device, Fleet
from functions.problem import Problem
from functions.request import Answer, Body, Cursor, IfMatch, Tenant, etag, listed
from stores.definitions import DefinitionStore
from stores.ports import Documents

Standing = Literal["online", "offline", "never_seen", "disabled"]
_ONE = "/devices/{id}"
_BODY = {"content": {"application/json": {"schema": {"type": "object"}, "example": {"name": "Cold room 1"}}}}


def router(documents: Documents, definitions: DefinitionStore) -> APIRouter:
    """`/devices` and `/devices/{id}`."""
    routes, devices = APIRouter(tags=["devices"]), Devices(Fleet(documents, definitions), definitions)
    routes.add_api_route("/devices", devices.list, methods=["GET"])
    routes.add_api_route(_ONE, devices.read, methods=["GET"])
    routes.add_api_route(_ONE, devices.replace, methods=["PUT"], openapi_extra={"requestBody": _BODY})
    routes.add_api_route(_ONE, devices.patch, methods=["PATCH"], openapi_extra={"requestBody": _BODY})
    routes.add_api_route(_ONE, devices.delete, methods=["DELETE"], status_code=204)
    return routes


class Devices:
    """The endpoints. Only the definition part can be written; the ETag is its revision."""

    def __init__(self, fleet: Fleet, definitions: DefinitionStore) -> None:
        self._fleet, self._definitions = fleet, definitions

    def list(
        self, tenant: Tenant, state: Standing | None = None, profile: str | None = None, cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Answer:  # fmt: skip
        """In order of ids."""
        documents = (device.document() for device in self._fleet.after(tenant, cursor))
        wanted = (d for d in documents if state in (None, d["state"]) and profile in (None, d["profile"]))
        found = list(islice(wanted, limit + 1))
        return listed(found[:limit], found[limit - 1]["id"] if len(found) > limit else None)

    def read(self, tenant: Tenant, id: str) -> Answer:
        """One device."""
        return _answer(self._known(tenant, id))

    def replace(self, tenant: Tenant, id: str, body: Body, expected: IfMatch) -> Answer:
        """The whole definition; a device that has never reported may be defined."""
        device = self._fleet.device(tenant, id)
        expect = expected.of(device.revision, device.exists)
        self._definitions.change("device", tenant, id, _checked(id, body), expect)
        return _answer(self._fleet.device(tenant, id), 200 if device.exists else 201)

    def patch(self, tenant: Tenant, id: str, body: Body, expected: IfMatch) -> Answer:
        """A JSON Merge Patch (RFC 7396) of the definition."""
        device = self._known(tenant, id)
        held = device.defined.document if device.defined is not None else None
        expect = expected.of(device.revision, True)
        document = _checked(id, merged(held or {}, body))
        self._definitions.change("device", tenant, id, document, device.revision if expect is None else expect)
        return _answer(self._fleet.device(tenant, id))

    def delete(self, tenant: Tenant, id: str, expected: IfMatch) -> Response:
        """Its readings stay; one that reports again is a new device."""
        device = self._known(tenant, id)
        buried = device.state.revision if device.state is not None else 0
        expect = expected.of(device.revision, True)
        self._definitions.change("device", tenant, id, None, expect, notes={"state": buried})
        return Response(status_code=204)

    def _known(self, tenant: str, id: str) -> Device:
        device = self._fleet.device(tenant, id)
        if not device.exists:
            raise Problem(404, f"there is no device {id[:128]!r}")
        return device


def _answer(device: Device, status: int = 200) -> Answer:
    return Answer(device.document(), status, headers=etag(device.revision))


def _checked(id: str, body: Any) -> dict[str, Any]:
    if isinstance(body, dict):
        told = [Fault(name, "is not written here: it comes from the readings") for name in STATES if name in body]
        if told:
            raise Unfit("device", told)
        if body.setdefault("id", id) != id:
            raise Problem(422, f"the id is {id} and cannot be changed", [Fault("id", f"is not {id}")])
    return check("device", body)

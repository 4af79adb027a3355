"""The routes of one kind of definition: list, read, create, replace, patch, delete. Used by router.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from events.definition_check import Fault, check
from events.merge_patch import merged
from functions.problem import Problem
from functions.request import Answer, Body, Cursor, IfMatch, Tenant, etag, listed
from stores.definitions import Defined, DefinitionStore


class Crud:
    """kind: `rule` or `profile`; every document is checked before it is written, and told to the log by the store."""

    def __init__(self, kind: str, definitions: DefinitionStore) -> None:
        self._kind, self._definitions = kind, definitions

    def routes(self, path: str, example: Mapping[str, Any]) -> APIRouter:
        """`/<path>` and `/<path>/{id}`. example: a document for the page of the API."""
        routes, one = APIRouter(tags=[path]), f"/{path}/{{id}}"
        body = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}, "example": example}}}}
        patch = {"requestBody": {"content": {"application/merge-patch+json": {"schema": {"type": "object"}}}}}
        routes.add_api_route(f"/{path}", self.list, methods=["GET"])
        routes.add_api_route(f"/{path}", self.create, methods=["POST"], status_code=201, openapi_extra=body)
        routes.add_api_route(one, self.read, methods=["GET"])
        routes.add_api_route(one, self.replace, methods=["PUT"], openapi_extra=body)
        routes.add_api_route(one, self.patch, methods=["PATCH"], openapi_extra=patch)
        routes.add_api_route(one, self.delete, methods=["DELETE"], status_code=204)
        return routes

    def list(self, tenant: Tenant, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Answer:
        """In order of ids."""
        found = self._definitions.page(self._kind, tenant, cursor or "", limit + 2)
        after = [defined for defined in found if defined.id != cursor]
        page = after[:limit]
        more = page[-1].id if len(after) > limit else None
        return listed((defined.document for defined in page if defined.document is not None), more)

    def read(self, tenant: Tenant, id: str) -> Answer:
        """With all defaults filled in; the ETag is its revision."""
        defined = self._known(tenant, id)
        return Answer(defined.document, headers=etag(defined.revision))

    def create(self, tenant: Tenant, body: Body) -> Answer:
        """One with an id that is still free."""
        document = check(self._kind, body)
        if self._definitions.get(self._kind, tenant, document["id"]) is not None:
            raise Problem(409, f"{self._kind} {document['id']} exists: change it with PUT, or choose another id")
        return self._change(tenant, document, 0)

    def replace(self, tenant: Tenant, id: str, body: Body, expected: IfMatch) -> Answer:
        """The whole document; creates it if there is none."""
        document = check(self._kind, {"id": id, **body} if isinstance(body, dict) else body)
        held = self._definitions.get(self._kind, tenant, id)
        return self._change(
            tenant, self._same(document, id), expected.of(held.revision if held else 0, held is not None)
        )

    def patch(self, tenant: Tenant, id: str, body: Body, expected: IfMatch) -> Answer:
        """A JSON Merge Patch (RFC 7396)."""
        held = self._known(tenant, id)
        document = check(self._kind, merged(held.document, body))
        return self._change(tenant, self._same(document, id), expected.of(held.revision, True) or held.revision)

    def delete(self, tenant: Tenant, id: str, expected: IfMatch) -> Response:
        """Its revisions go on if it is defined again."""
        held = self._known(tenant, id)
        self._definitions.change(self._kind, tenant, id, None, expected.of(held.revision, True))
        return Response(status_code=204)

    def _known(self, tenant: str, id: str) -> Defined:
        held = self._definitions.get(self._kind, tenant, id)
        if held is None:
            raise Problem(404, f"there is no {self._kind} {id[:128]!r}")
        return held

    def _same(self, document: dict[str, Any], id: str) -> dict[str, Any]:
        if document["id"] != id:
            raise Problem(422, f"the id is {id} and cannot be changed", [Fault("id", f"is not {id}")])
        return document

    def _change(self, tenant: str, document: dict[str, Any], expect: int | None) -> Answer:
        revision = self._definitions.change(self._kind, tenant, document["id"], document, expect)
        return Answer(document, 201 if expect == 0 else 200, headers=etag(revision))

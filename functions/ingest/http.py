"""Telemetry over HTTP: readings of a device, and CloudEvents. Mounted by app.py; answers 202 after the log has it, and
503 with Retry-After where it is away."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from operator import itemgetter
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request, Response
from starlette.convertors import PathConvertor, register_url_convertor

from events import http, structured
from events.codec import Malformed
from events.payloads import Payload
from functions.ingest.body import Limits
from functions.ingest.commit import Commit
from functions.ingest.handler import DEFAULT, Outcome
from functions.ingest.names import is_tenant, shown
from functions.ingest.refusal import Refusal

DRAINED = 16 * 1024 * 1024
"""Bytes of a body that is too large are read and forgotten, up to so many, so that the sender hears the answer."""

STATUS = {("too_large", ""): 413, ("wrong_content_type", "content-type"): 415}
"""HTTP statuses by reason and field, for the message as a whole; 400 for all else."""

_TITLES = {400: "Bad Request", 413: "Content Too Large", 415: "Unsupported Media Type"}
_PLACE = re.compile(r"\[(\d+)\]\.?(.*)", re.DOTALL)

Tenant = Annotated[str, Header(alias="Tidings-Tenant")]


class Whatever(PathConvertor):
    """A part of a path that may have line breaks, too, so that ingest refuses it by its name."""

    regex = "(?s:.*)"


register_url_convertor("whatever", Whatever())


def router(commit: Commit, now: Callable[[], int], limits: Limits = DEFAULT) -> APIRouter:
    """The routes, with their whole paths. now: the edge's clock, µs."""
    routes = APIRouter(tags=["ingest"])

    @routes.post("/api/v1/devices/{device:whatever}/telemetry", status_code=202)
    async def telemetry(device: str, request: Request, tenant: Tenant = "main") -> Response:
        """Readings of a device: `{"temperature": 21.4, "time": 1795485640123}`, `{"ts": …, "values": {…}}`, an array of
        these, or a CloudEvent. `accepted` counts readings; what is refused is named, its neighbours are taken."""
        body = await _body(request, limits.size)
        return await _answer(commit, tenant, Payload(device, body, request.headers.get("content-type", ""), now()))

    @routes.post("/events", status_code=202)
    async def events(request: Request, tenant: Tenant = "main") -> Response:
        """CloudEvents, binary, structured or batched, whose subject is the device and whose data are its readings."""
        body = await _body(request, limits.size)
        try:
            body, content_type = _structured(request, body)
        except Malformed as malformed:
            return _told(Outcome(0, [Refusal("not_an_object", malformed.field, malformed.reason)]))
        return await _answer(commit, tenant, Payload("", body, content_type, now()))

    return routes


async def _body(request: Request, most: int) -> bytes:
    """The body; of one that is too large only so much that this can be seen."""
    kept, seen = bytearray(), 0
    async for chunk in request.stream():
        seen += len(chunk)
        if len(kept) <= most:
            kept += chunk
        if seen > DRAINED:
            break
    return bytes(kept[: most + 1])


def _structured(request: Request, body: bytes) -> tuple[bytes, str]:
    """Body and content type; an event in binary form becomes a structured one."""
    if not any(name.startswith("ce-") for name in request.headers):
        return body, request.headers.get("content-type", "")
    return structured.wrapped(http.attributes(request.headers), body), structured.MEDIA_TYPE


async def _answer(commit: Commit, tenant: str, payload: Payload) -> Response:
    if not is_tenant(tenant):
        return _told(Outcome(0, [Refusal("bad_device", "Tidings-Tenant", f"{shown(tenant)} is no name of a tenant")]))
    try:
        outcome = await asyncio.wait_for(asyncio.wrap_future(commit.submit(tenant, payload)), commit.patience)
    except TimeoutError:
        raise commit.away() from None
    return _told(outcome)


def _told(outcome: Outcome) -> Response:
    refusals = [*outcome.refusals, *outcome.foreseen]
    rejected = sorted(map(_rejected, refusals), key=itemgetter("index"))
    accepted = outcome.readings - outcome.untimely
    body: dict[str, Any] = {"accepted": accepted, "rejected": rejected}
    if accepted:
        return Response(orjson.dumps(body), 202, media_type="application/json")
    first = refusals[0]
    status = STATUS.get((first.reason, first.field), 400)
    where = f"{first.field}: " if first.field else ""
    problem = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": where + first.detail}
    return Response(orjson.dumps({**problem, **body}), status, media_type="application/problem+json")


def _rejected(refusal: Refusal) -> dict[str, Any]:
    placed = _PLACE.fullmatch(refusal.field)
    index, field = (int(placed[1]), placed[2]) if placed else (0, refusal.field)
    return {"index": index, "field": field, "reason": refusal.reason, "detail": refusal.detail}

"""Commands that operators give of alerts: into the inbox, to the shard of the device. Used by router.py.

Nothing is changed here: the alert's next event carries the command's id, or a rejected one says `no_open_alert`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
from fastapi import APIRouter

from events import types
from events.definition_check import Fault
from events.definitions import Duration, Name, microseconds
from events.event import Event
from events.log import shard_of
from events.payloads import Command
from events.warm import learn
from events.writer import Writer
from functions.problem import Problem
from functions.request import LATEST, Answer, Body, Tenant, moment

Kind = Literal["acknowledge", "snooze", "resolve"]
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""Whether such an alert is open, the log says; what has another form than its ids is kept out of it."""


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a command says. by: who. until (a time) or for (`30m`): only of a snooze, one of them."""

    device: Name
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    until: str | float | None = None
    for_: Duration | None = msgspec.field(default=None, name="for")


learn(Given)


def commands(writer: Writer) -> APIRouter:
    """`POST /alerts/{id}/acknowledge|snooze|resolve`."""
    routes = APIRouter(tags=["alerts"])
    example = {"device": "cold-room-1", "by": "Ada", "for": "30m"}
    body = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}, "example": example}}}}

    @routes.post("/alerts/{id}/{kind}", status_code=202, openapi_extra=body)
    def command(tenant: Tenant, id: str, kind: Kind, body: Body) -> Answer:
        """Accepted, not done: the alert's next event carries the id of the command."""
        if not _NAME.fullmatch(id):
            raise Problem(404, f"there is no alert {id[:128]!r}")
        given, at = _given(body), writer.clock()
        command = Command(
            id=str(uuid4()), kind=kind, alert=id, device=given.device, by=given.by, at=at,
            until=_until(given, at) if kind == "snooze" else None, note=given.note,
        )  # fmt: skip
        event = Event(types.COMMAND_GIVEN, command, at, given.device, tenant, command.id)
        writer.append(shard_of(tenant, given.device, writer.shards), event)
        writer.flush()
        return Answer({"command": command.id}, 202)

    return routes


def _given(body: Any) -> Given:
    try:
        return msgspec.convert(body, Given)
    except msgspec.ValidationError as error:
        raise Problem(422, f"this is no command: {error}", [_fault(str(error))]) from error


def _fault(message: str) -> Fault:
    what, _, path = message.partition(" - at `$.")
    named = what.split("`")[1] if "field" in what else ""
    return Fault(path.rstrip("`") or named, what)


def _until(given: Given, at: int) -> int:
    if (given.until is None) == (given.for_ is None):
        raise Problem(422, "a snooze takes either until or for", [Fault("until", "either this or for")])
    until = at + microseconds(given.for_) if given.for_ is not None else moment(str(given.until), "until")
    if until <= at:
        raise Problem(422, "a snooze ends in the future", [Fault("until", "is not in the future")])
    return min(until, LATEST)

"""What the web APIs read from a request in one way, and how they answer: tenant, JSON body, revision, times, pages.
Used by the functions query, devices and rules.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import Depends, Header, Query, Request, Response

from events.definition_check import Fault
from events.times import from_rfc3339
from functions.problem import Problem

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')

MOST_BYTES = 262_144
"""A document that is sent to the API may have so many bytes."""

EARLIEST, LATEST = 0, 253_402_300_799_999_999
"""µs: 1970, and the last moment of the year 9999, beyond which no time can be written."""


class Answer(Response):
    """JSON, of numpy columns too; NaN becomes null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def listed(items: Iterable[Any], next: str | None = None, **more: Any) -> Answer:
    """A page of a list."""
    return Answer({"items": list(items), "next": next, **more})


def _tenant(tenant: Annotated[str, Header(alias="Tidings-Tenant")] = "main") -> str:
    if not _TENANT.fullmatch(tenant):
        rule = "a tenant has up to 63 letters, digits, _ or -, and begins with a letter or digit"
        raise Problem(400, rule, [Fault("Tidings-Tenant", rule)])
    return tenant


Tenant = Annotated[str, Depends(_tenant)]
"""Whose data it is: the header `Tidings-Tenant`."""


async def _body(request: Request) -> Any:
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise Problem(413, f"the body has {len(body)} bytes; at most {MOST_BYTES} are taken")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body is not JSON: {error}", [Fault("", str(error))]) from error


Body = Annotated[Any, Depends(_body)]
"""The request's body, decoded. Of equal keys in one object the last counts."""


class Expected(NamedTuple):
    """What a change was made from. revision: None if the request says nothing, or `*`."""

    said: bool
    revision: int | None

    def of(self, revision: int, exists: bool) -> int | None:
        """The revision to expect of a document at `revision` (0: there is none). Problem if nothing was said of one."""
        if not self.said and revision:
            raise Problem(428, f'send If-Match with the ETag that you read (now "{revision}"), or * to overwrite')
        if self.said and self.revision is None and not exists:
            raise Problem(412, "there is nothing to overwrite: send no If-Match to create it")
        return self.revision if self.said else 0


def _expected(if_match: Annotated[str | None, Header()] = None) -> Expected:
    if if_match is None or if_match.strip() == "*":
        return Expected(if_match is not None, None)
    revision = _ETAG.fullmatch(if_match.strip())
    if revision is None:
        raise Problem(400, 'If-Match takes one ETag as it was given, such as "3", or *', [Fault("If-Match", if_match)])
    return Expected(True, int(revision[1]))


IfMatch = Annotated[Expected, Depends(_expected)]
"""The header `If-Match`."""


def etag(revision: int) -> Mapping[str, str]:
    """The headers that tell a revision."""
    return {"etag": f'"{revision}"'}


def moment(text: str, field: str) -> int:
    """RFC 3339 or Unix ms (fractions are kept) → µs. Problem for anything else."""
    try:
        ms = float(text)
    except ValueError:
        ms = math.nan
    try:
        within = min(max(ms, EARLIEST), LATEST)
        time = round(within * 1000) if math.isfinite(ms) else from_rfc3339(text.replace(" ", "+"))
    except ValueError:
        detail = f"{text[:40]!r} is no time: Unix ms, or RFC 3339 with an offset"
        raise Problem(400, f"{field}: {detail}", [Fault(field, detail)]) from None
    return min(max(time, EARLIEST), LATEST)


class Span(NamedTuple):
    """start ≤ time < stop, µs."""

    start: int
    stop: int


def _span(
    start: Annotated[str | None, Query(alias="from")] = None, stop: Annotated[str | None, Query(alias="to")] = None
) -> Span:
    return Span(
        EARLIEST if start is None else max(moment(start, "from"), EARLIEST + 1),
        LATEST if stop is None else moment(stop, "to"),
    )


Within = Annotated[Span, Depends(_span)]
"""The parameters `from` and `to`, all time by default."""

Cursor = Annotated[str | None, Query(description="`next` of the page before")]

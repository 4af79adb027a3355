"""Why a payload, or a part of it, is refused: one of a closed list of reasons, the field, and what would be right. Used
by all of ingest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from events.payloads import PAYLOAD_KEPT, Payload, Refused
from functions.ingest.names import is_device

Reason = Literal[
    "bad_utf8", "bad_json", "too_large", "too_deep", "wrong_content_type", "not_an_object", "empty", "bad_device",
    "bad_metric", "too_many_metrics", "not_a_number", "time_unreadable", "time_in_future", "time_too_old",
]  # fmt: skip

TOLD = 100
"""So many refusals of one message are told singly; the last counts the rest, so that no small message fills the log."""


class Refusal(NamedTuple):
    """field: a metric, an attribute or "" for the whole; `[3].temperature` is in the item with index 3 of an array."""

    reason: Reason
    field: str
    detail: str

    def within(self, prefix: str) -> Refusal:
        """The same, seen from the message that holds this item."""
        joint = "." if prefix and self.field and not self.field.startswith("[") else ""
        return self._replace(field=prefix + joint + self.field)


class Unreadable(Exception):
    """A message or an item that is refused as a whole."""

    def __init__(self, reason: Reason, field: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, field, detail)


def told(refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    """At most TOLD of them, the last one counting the rest."""
    more = len(refusals) - TOLD
    if more <= 0:
        return refusals
    last = refusals[TOLD - 1]
    return [*refusals[: TOLD - 1], last._replace(detail=f"{last.detail} (and {more} more refusals in this message)")]


def documents(payload: Payload, device: str, refusals: Sequence[Refusal]) -> Iterator[Refused]:
    """What is kept of refusals. Only the first carries the payload; by length and sha256 the others are of the same."""
    digest = hashlib.sha256(payload.body).hexdigest()
    for i, (reason, field, detail) in enumerate(refusals):
        yield Refused(
            device=device if is_device(device) else "", reason=reason, field=field[:200], detail=detail[:500],
            received=payload.received, payload=b"" if i else payload.body[:PAYLOAD_KEPT],
            length=len(payload.body), sha256=digest,
        )  # fmt: skip

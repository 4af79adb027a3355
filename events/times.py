"""Times: µs UTC inside, RFC 3339 and Unix ms outside. Used by ingest, the codec and the web APIs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(time: int) -> str:
    """µs → `2026-11-24T12:00:00.123456Z`."""
    return (EPOCH + timedelta(microseconds=time)).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def from_rfc3339(text: str) -> int:
    """`2026-11-24T13:00:00+01:00` → µs. ValueError if it is not one, has no offset, or is one that
    no UTC time can name, since its offset leads out of the years 1 to 9999."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or "T" not in text.upper():
        raise ValueError(f"{text!r} has no offset such as Z or +01:00")
    try:
        return (time.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        raise ValueError(f"{text!r} is not within the years 1 to 9999 in UTC") from None

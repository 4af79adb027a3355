"""The data of every event that is not telemetry: one model a type. Used by functions, the codec (JSON) and render
(schemas).

Times are µs since 1970-01-01 UTC. What lasts (alert, anomaly, device, a counted minute) is a whole document with a
version.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

PAYLOAD_KEPT = 4096
"""At most so many bytes of a refused payload are kept."""


class Payload(NamedTuple):
    """One message as it came in at an edge. received: µs. delivery: readings.FRESH, REPEATED or RETAINED."""

    device: str
    body: bytes
    content_type: str
    received: int
    delivery: int = 0


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What all payload models share: immutable, by keyword."""


class Refused(Data, frozen=True, kw_only=True):
    """A message, or a part of one, that ingest could not read. payload: its first PAYLOAD_KEPT bytes, base64."""

    device: str
    reason: str
    field: str
    detail: str
    received: int
    payload: bytes = b""
    length: int = 0
    sha256: str = ""


class Ticked(Data, frozen=True, kw_only=True):
    """The clock of the log. ticker: an ordinal that outlives a restart; tickers: how many there are."""

    clock: int
    ticker: int = 0
    tickers: int = 1


class Changed(Data, frozen=True, kw_only=True):
    """A definition at a revision; document None: it was deleted at that revision."""

    kind: Literal["profile", "rule", "device"]
    id: str
    revision: int
    document: dict[str, Any] | None


class Command(Data, frozen=True, kw_only=True):
    """What an operator says of an alert. at: when; until: end of a snooze."""

    id: str
    kind: Literal["acknowledge", "snooze", "resolve"]
    alert: str
    device: str
    by: str
    at: int
    until: int | None = None
    note: str = ""


class Rejected(Data, frozen=True, kw_only=True):
    """A reading, a payload or a command that was refused, with the reason from the closed list."""

    device: str
    reason: str
    detail: str
    received: int
    metric: str | None = None
    field: str = ""
    time: int | None = None
    value: float | None = None
    text: str | None = None
    command: str | None = None
    payload: bytes = b""
    length: int = 0
    sha256: str = ""


class DeviceState(Data, frozen=True, kw_only=True):
    """The state part of a device document; version is the inbox offset + 1 of the record that made it."""

    id: str
    state: Literal["online", "offline", "never_seen", "disabled"]
    profile: str | None
    created: int
    last_received: int | None
    last_time: int | None
    version: int
    deleted: bool = False


class Anomaly(Data, frozen=True, kw_only=True):
    """One episode of one detector on one series. peak: the value furthest out, expected: the band there."""

    id: str
    device: str
    metric: str
    detector: str
    state: Literal["open", "closed"]
    start: int
    end: int | None
    peak: float
    peak_time: int
    score: float
    expected: tuple[float, float]
    version: int


class Acknowledged(Data, frozen=True, kw_only=True):
    """Who acknowledged an alert, and when."""

    by: str
    at: int


class Alert(Data, frozen=True, kw_only=True):
    """One alert of one rule on one device (and metric). command: the id of the command that made this version, if
    one did."""

    id: str
    rule: str
    device: str
    metric: str | None
    severity: Literal["critical", "major", "minor", "warning"]
    state: Literal["active", "cleared"]
    raised_at: int
    updated_at: int
    version: int
    message: str
    acknowledged: Acknowledged | None = None
    snoozed_until: int | None = None
    cleared_at: int | None = None
    reason: str | None = None
    value: float | None = None
    threshold: float | None = None
    peak: float | None = None
    count: int = 1
    late: bool = False
    command: str | None = None


class Blind(Data, frozen=True, kw_only=True):
    """The platform saw nothing between two ticks of a shard."""

    shard: int
    start: int
    end: int


class Counted(Data, frozen=True, kw_only=True):
    """One minute (µs, of the clock of the log) of one stage on one shard: rows, whole."""

    stage: str
    shard: int
    minute: int
    version: int = 1
    in_: int = msgspec.field(default=0, name="in")
    out: int = 0
    rejected: dict[str, int] = {}
    duplicates: int = 0
    revised: int = 0
    late: int = 0
    lost: int = 0


class DeadLetter(Data, frozen=True, kw_only=True):
    """What was given up of one event for one function. payload: at most PAYLOAD_KEPT bytes of it, base64."""

    function: str
    source: str
    sequence: str
    rows: list[int]
    deadlines: list[list[str]]
    whole: bool
    error: str
    attempts: int
    payload: bytes
    length: int
    sha256: str

"""Definitions as documents: profiles, rules and the defined part of devices. Used by registry.py, and by the APIs and
the loader of files (to check them)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.warm import learn

Name = Annotated[str, msgspec.Meta(pattern=r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$(?!\n)")]
"""Devices are called so, too. `$` alone lets a line break pass at the end, which no attribute of an event may have."""

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,8}(ms|s|m|h|d)$(?!\n)")]
"""`90s`, `5m`, `1h`. Eight digits of the largest unit still fit into 64 bits of µs."""

UNITS = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}


def microseconds(duration: str) -> int:
    """`90s` → 90,000,000."""
    number = duration.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(number) * UNITS[duration.removeprefix(number)]


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all definitions share: immutable, nothing unknown is let pass."""


class Metric(Document, frozen=True, kw_only=True):
    """What a profile says of a metric; a value outside min…max is rejected `out_of_range`."""

    unit: str = ""
    min: float | None = None
    max: float | None = None
    decimals: Annotated[int, msgspec.Meta(ge=0, le=15)] | None = None


class Profile(Document, frozen=True, kw_only=True):
    """A kind of device. devices: patterns of ids that have this profile unless their definition names another.

    strict: only the metrics listed are let pass. offline_after: silence after which a device is offline (default:
    three of its usual intervals).
    """

    id: Name
    name: str = ""
    devices: list[str] = []
    metrics: dict[str, Metric] = {}
    strict: bool = False
    offline_after: Duration | None = None


class Device(Document, frozen=True, kw_only=True):
    """The defined part of a device."""

    id: Name
    name: str = ""
    profile: Name | None = None
    tags: dict[str, str] = {}
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    enabled: bool = True


class Scope(Document, frozen=True, kw_only=True):
    """Devices a rule is for: by id pattern, and (where given) profile, and all of the tags."""

    devices: list[str] = msgspec.field(default_factory=lambda: ["*"])
    profiles: list[str] = []
    tags: dict[str, str] = {}


class Count(Document, frozen=True, kw_only=True):
    """n of the last `of` readings."""

    n: Annotated[int, msgspec.Meta(ge=1, le=64)]
    of: Annotated[int, msgspec.Meta(ge=1, le=64)]


Op = Literal[">", ">=", "<", "<="]


class Threshold(Document, frozen=True, kw_only=True, tag="threshold", tag_field="kind"):
    """value: where it begins; clear: where it ends (default: value)."""

    op: Op
    value: float
    clear: float | None = None
    for_: Duration | None = msgspec.field(default=None, name="for")
    count: Count | None = None
    max_gap: Duration = "10m"


class Rate(Document, frozen=True, kw_only=True, tag="rate", tag_field="kind"):
    """Change of the value per `per`, between a reading and the one before."""

    per: Duration
    op: Op
    value: float
    clear: float | None = None
    for_: Duration | None = msgspec.field(default=None, name="for")
    count: Count | None = None
    max_gap: Duration = "10m"


class Missing(Document, frozen=True, kw_only=True, tag="missing", tag_field="kind"):
    """Silence of a device (of a metric, if the rule names one) on the clock of the log, at most 1 h."""

    for_: Duration = msgspec.field(name="for")


class AnAnomaly(Document, frozen=True, kw_only=True, tag="anomaly", tag_field="kind"):
    """An open anomaly with at least this score."""

    min_score: float = 0.0


class Rule(Document, frozen=True, kw_only=True):
    """When an alert is raised. metric: a name or pattern; None only for `missing`, which is then per device."""

    id: Name
    name: str = ""
    enabled: bool = True
    severity: Literal["critical", "major", "minor", "warning"] = "major"
    scope: Scope = Scope()
    metric: str | None = None
    when: Threshold | Rate | Missing | AnAnomaly


MODELS: dict[str, type[Profile | Rule | Device]] = {
    "profile": Profile,
    "rule": Rule,
    "device": Device,
}

learn(*MODELS.values())

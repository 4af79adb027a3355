"""Definitions: profiles, rules and the defined part of devices, as documents and as a function knows them at its
place in the log. Used by validate, score and alert (from `definition.changed`), and by the APIs and the loader of
files (to check them).
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec

from events.payloads import Changed
from events.state import State

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]
Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(ms|s|m|h|d)$")]
"""`90s`, `5m`, `1h`."""

UNITS = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}


def microseconds(duration: str) -> int:
    """`90s` → 90,000,000."""
    number, unit = re.fullmatch(r"([0-9]+)([a-z]+)", duration).groups()  # type: ignore[union-attr]
    return int(number) * UNITS[unit]


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all definitions share: immutable, nothing unknown is let pass."""


class Metric(Document, frozen=True, kw_only=True):
    """What a profile says of a metric; a value outside min…max is rejected `out_of_range`."""

    unit: str = ""
    min: float | None = None
    max: float | None = None
    decimals: int | None = None


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


class Definitions:
    """The definitions of a tenant that a function holds, kept in its state (`state.values["definitions"]`), read
    through here.

    Made anew from the state whenever that was reloaded; what it derives (profile of a device) it remembers until a
    change.
    """

    def __init__(self, state: State, tenant: str = "main") -> None:
        self._held: dict[str, dict[str, Any]] = state.values.setdefault("definitions", {}).setdefault(
            tenant, {"profile": {}, "rule": {}, "device": {}}
        )
        self._models: dict[tuple[str, str], Any] = {}
        self._profiles: dict[str, Profile | None] = {}

    @classmethod
    def of(cls, state: State, tenant: str) -> Definitions:
        """The definitions of a tenant, with what was derived from them since the state was loaded."""
        derived: Definitions = state.derived.get(("definitions", tenant)) or cls(state, tenant)
        state.derived["definitions", tenant] = derived
        return derived

    def change(self, changed: Changed) -> bool:
        """Takes a definition over; False if its revision is not higher than the one held. A deletion leaves its
        revision."""
        held = self._held[changed.kind].get(changed.id)
        if held is not None and changed.revision <= held["revision"]:
            return False
        self._held[changed.kind][changed.id] = {
            "revision": changed.revision,
            "document": changed.document,
        }
        self._models.clear()
        self._profiles.clear()
        return True

    def ids(self, kind: str) -> list[str]:
        """Ids of a kind that are not deleted, in the order they were first defined."""
        return [id for id, held in self._held[kind].items() if held["document"] is not None]

    def get(self, kind: str, id: str) -> Any:
        """The model of a definition, or None."""
        key = (kind, id)
        if key not in self._models:
            held = self._held[kind].get(id)
            document = held and held["document"]
            self._models[key] = msgspec.convert(document, MODELS[kind]) if document is not None else None
        return self._models[key]

    def device(self, id: str) -> Device | None:
        """The defined part of a device; None if nobody has written one."""
        return self.get("device", id)  # type: ignore[no-any-return]

    def profile(self, device: str) -> Profile | None:
        """The profile of a device: the one its definition names, else the first whose patterns match its id."""
        if device not in self._profiles:
            defined = self.device(device)
            if defined is not None and defined.profile is not None:
                self._profiles[device] = self.get("profile", defined.profile)
            else:
                candidates = (self.get("profile", id) for id in self.ids("profile"))
                self._profiles[device] = next((p for p in candidates if matches(device, p.devices)), None)
        return self._profiles[device]

    def in_scope(self, device: str, scope: Scope) -> bool:
        """Whether a rule with this scope is for a device."""
        if not matches(device, scope.devices):
            return False
        profile = self.profile(device) if scope.profiles else None
        if scope.profiles and (profile is None or profile.id not in scope.profiles):
            return False
        defined = self.device(device) if scope.tags else None
        tags = defined.tags if defined is not None else {}
        return all(tags.get(name) == value for name, value in scope.tags.items())


def matches(text: str, patterns: list[str]) -> bool:
    """Whether any of the shell patterns matches."""
    return "*" in patterns or any(fnmatchcase(text, pattern) for pattern in patterns)

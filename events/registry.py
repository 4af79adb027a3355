"""The definitions a function holds at its place in the log. Used by validate, score and alert, which learn of them by
`definition.changed`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import msgspec

from events.definitions import MODELS, Device, Profile, Scope
from events.payloads import Changed
from events.state import State


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
        self._models.pop((changed.kind, changed.id), None)
        if changed.kind == "device":
            self._profiles.pop(changed.id, None)
        elif changed.kind == "profile":
            self._profiles.clear()
        return True

    def ids(self, kind: str) -> list[str]:
        """Ids of a kind that are not deleted, in the order they were first defined."""
        return [id for id, held in self._held[kind].items() if held["document"] is not None]

    def get(self, kind: str, id: str) -> Any:
        """The model of a definition, or None."""
        held = self._held[kind].get(id)
        if held is None or held["document"] is None:
            return None  # not remembered: anyone may ask for any id
        key = (kind, id)
        if key not in self._models:
            self._models[key] = msgspec.convert(held["document"], MODELS[kind])
        return self._models[key]

    def device(self, id: str) -> Device | None:
        """The defined part of a device; None if nobody has written one."""
        device: Device | None = self.get("device", id)
        return device

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

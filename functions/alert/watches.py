"""What a rule remembers of a spot while something happens there: a run of violations, an alert, or one just closed.

Kept in `state.values["watched"]`: "tenant/device/metric" → rule → Watch; where all is calm there is none. Used by
every module that judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

from events.state import State
from functions.alert.conditions import Spot


class Alarm(TypedDict):
    """An alert, open or closed of late. document: its fields, as in payloads.Alert. began: the time that its id comes
    from. told: when it was last raised or updated, said: state, peak and count as they were last told. commands: ids
    of the last that were carried out."""

    document: dict[str, Any]
    began: int
    told: int
    said: list[Any]
    commands: list[str]


class Watch(TypedDict):
    """reads: whether readings of the series move it. first: time of the first reading of an unbroken run of
    violations. window: the last readings, each its time if it violated, else None. resolved: closed by hand, and
    what it was raised for goes on. anomalies: ids of those that are open."""

    reads: bool
    first: int | None
    window: list[int | None]
    resolved: bool
    anomalies: list[str]
    alarm: Alarm | None


class Watches:
    """The watches of a state. The columns `watched` mark the rows that have one, so that a batch finds them at a
    stroke."""

    def __init__(self, state: State) -> None:
        self._series, self._silence = state.tables["series"], state.tables["silence"]
        self._held: dict[str, dict[str, Watch]] = state.values.setdefault("watched", {})

    def find(self, spot: Spot, rule: str) -> Watch | None:
        there = self._held.get("/".join(spot))
        return None if there is None else there.get(rule)

    def open(self, spot: Spot, rule: str, reads: bool) -> Watch:
        """The watch, made if there is none."""
        there = self._held.setdefault("/".join(spot), {})
        if rule not in there:
            there[rule] = Watch(reads=reads, first=None, window=[], resolved=False, anomalies=[], alarm=None)
            self._mark(spot, rule)
        return there[rule]

    def close(self, spot: Spot, rule: str) -> None:
        key = "/".join(spot)
        del self._held[key][rule]
        if not self._held[key]:
            del self._held[key]
        self._mark(spot, rule)

    def all(self, tenant: str | None = None, device: str | None = None) -> list[tuple[Spot, str, Watch]]:
        """All, or those of a tenant, or of one of its devices: a list, for they may be closed meanwhile."""
        prefix = "" if tenant is None else f"{tenant}/" if device is None else f"{tenant}/{device}/"
        return [found for key in self._held if key.startswith(prefix) for found in self._at(key)]

    def _at(self, key: str) -> Iterator[tuple[Spot, str, Watch]]:
        for rule, watch in self._held[key].items():
            yield Spot(*key.split("/", 2)), rule, watch

    def _mark(self, spot: Spot, rule: str) -> None:
        there = self._held.get("/".join(spot), {})
        row = self._series.find(spot)
        if row is not None:
            self._series["watched"][row] = any(watch["reads"] for watch in there.values())
        row = self._silence.find((*spot, rule))
        if row is not None:
            self._silence["watched"][row] = rule in there

"""The handling of one event: what came, what is known, what is said. Made by handler.py, passed to every module
here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from events.clock import now
from events.event import Event
from events.state import State
from functions.alert.conditions import Spot
from functions.alert.rulebook import Rulebook
from functions.alert.watches import Watch


@dataclass
class Turn:
    """said: the events given, in order."""

    event: Event
    state: State
    book: Rulebook
    said: list[Event] = field(default_factory=list)

    @property
    def clock(self) -> int:
        return now(self.state)

    def find(self, spot: Spot, rule: str) -> Watch | None:
        return self.book.watches.find(spot, rule)

    def watch(self, spot: Spot, rule: str, reads: bool) -> Watch:
        return self.book.watches.open(spot, rule, reads)

    def say(self, spot: Spot, type: str, data: object, id: str = "") -> None:
        """Gives an event about a spot: of its tenant, whoever's this event is (a tick is of none)."""
        child = self.event.child(type, data, subject=spot.device, id=id)
        self.said.append(replace(child, tenant=spot.tenant))

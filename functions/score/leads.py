"""The series by which the sending of a device is judged: its first, so that one dropout is one anomaly. Used by
handler.py."""

from __future__ import annotations

from events.state import State


class Leads:
    """Keeps the column `lead`: one series of each device has it. The devices that have one are derived from it."""

    def __init__(self, state: State) -> None:
        self._table = state.tables["series"]
        self._devices = {key[:2] for row, key in enumerate(self._table.keys) if self._table["lead"][row]}

    @classmethod
    def of(cls, state: State) -> Leads:
        """Those of a state, made once."""
        held: Leads | None = state.derived.get("leads")
        if held is None or held._table is not state.tables["series"]:
            held = state.derived["leads"] = cls(state)
        return held

    def add(self, first: int) -> None:
        """Rows from `first` on are new."""
        for row in range(first, len(self._table)):
            device = self._table.keys[row][:2]
            if device not in self._devices:
                self._devices.add(device)
                self._table["lead"][row] = True

    def renew(self) -> None:
        """Rows were dropped: a device that lost its lead gets another."""
        size = len(self._table)
        self._devices = {
            key[:2] for key, lead in zip(self._table.keys, self._table["lead"][:size], strict=True) if lead
        }
        self.add(0)

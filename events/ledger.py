"""The ledger of a function: rows counted by minute of the clock at the record, given as whole minutes when the
clock has passed them. Used by validate, score, alert, record and archive; kept in `state.values["ledger"]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from events import types
from events.clock import now
from events.event import Event, content_id
from events.payloads import Counted
from events.state import State

MINUTE = 60_000_000


class Ledger:
    """Counts for one stage: `in`, `out`, `duplicates`, `revised`, `late`, `lost`, and `rejected` by reason."""

    def __init__(self, state: State, stage: str) -> None:
        self._state, self._stage = state, stage

    def count(self, **rows: int) -> None:
        """Adds rows to the open minute: `count(out=3, late=1)`; `in_` for in."""
        held = self._minute()
        for name, n in rows.items():
            held[name] = held.get(name, 0) + n

    def reject(self, reason: str, rows: int = 1) -> None:
        """Adds rejected rows."""
        rejected = self._minute().setdefault("rejected", {})
        rejected[reason] = rejected.get(reason, 0) + rows

    def passed(self, event: Event) -> Iterator[Event]:
        """The minutes that the clock has passed, each as one event of `platform`; called at a tick, after the
        clock was moved."""
        ledger = self._state.values.get("ledger", {})
        this = now(self._state) // MINUTE
        if "0" in ledger:  # counted before the first tick
            ledger[str(this)] = ledger.pop("0")
        for minute in [minute for minute in ledger if int(minute) < this]:
            counted = Counted(
                stage=self._stage,
                shard=event.shard,
                minute=int(minute) * MINUTE,
                **ledger.pop(minute),
            )
            id = content_id(
                event.tenant,
                "ledger",
                self._stage,
                event.shard,
                minute,
                counted.version,
            )
            yield event.child(types.LEDGER_COUNTED, counted, id=id)

    def _minute(self) -> dict[str, Any]:
        minute = str(now(self._state) // MINUTE)
        held: dict[str, Any] = self._state.values.setdefault("ledger", {}).setdefault(minute, {})
        return held

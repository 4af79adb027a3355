"""A function that counts what it is given and gives it on, for tests of who owns a shard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events import types
from events.event import Event
from events.handler import Function, Handle
from events.log import Log
from events.readings import Readings, Row
from events.state import Column, Layout, State
from stores.open import Stores

COUNTED = Layout(1, {"device": {"rows": Column("i8")}})


def counting(seen: list[float] | None = None) -> Function:
    """Counts rows by device in its state, and passes ticks over. seen: the values, each time it is given one."""

    def bind(state: State) -> Handle:
        def handle(event: Event) -> Iterable[Event]:
            table = state.tables["device"]
            if event.type == types.CLOCK_TICKED:
                return []
            for row in event.data.rows():
                table["rows"][table.rows([(row.device,)], 0)[0]] += 1
                if seen is not None:
                    seen.append(row.value)
            return [event.child(types.TELEMETRY_VALIDATED, event.data)]

        return handle

    return Function("count", (types.INBOX,), (types.TELEMETRY,), bind, COUNTED)


def put(log: Log, shard: int, values: Iterable[float]) -> None:
    """A record of one row for each value."""
    for value in values:
        data = Readings.of([Row("d", "t", int(value * 1000), 1, value)])
        event = Event(types.TELEMETRY_RECEIVED, data, 1, source="/test/1", sequence="1", id=str(value))
        log.append(types.INBOX, shard, [event])
    log.flush()


def counted(stores: Stores, shard: int) -> int:
    """What is saved, as the next owner sees it."""
    saved = stores.checkpoints().take(shard, ["count"])["count"].state
    state = State(COUNTED)
    if saved is not None:
        state.thaw(saved)
    return int(state.tables["device"]["rows"][: len(state.tables["device"])].sum())


def given(log: Log, shard: int) -> Sequence[tuple[str, float]]:
    """sequence → value of what was given on; of repeats the first."""
    found: dict[str, float] = {}
    at = 0
    while records := log.read(types.TELEMETRY, shard, at, 500):
        at = records[-1].offset + 1
        for record in records:
            found.setdefault(record.event.sequence, next(record.event.data.rows()).value)
    return sorted(found.items())

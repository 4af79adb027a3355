"""What the tests of score are driven with: telemetry and ticks, as a host would give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events import types
from events.event import Event
from events.payloads import Anomaly, Ticked
from events.readings import Readings, Row
from events.state import State
from functions.score.handler import LAYOUT, handle

SECOND = 1_000_000
START = 1_795_000_000 * SECOND


def telemetry(rows: Iterable[Row]) -> Event:
    """A record of rows."""
    return Event(
        types.TELEMETRY_VALIDATED, Readings.of(rows), START, source="/inbox/0/validate", sequence="0" * 16 + ".000000"
    )


def tick(clock: int) -> Event:
    """The clock at a moment (µs)."""
    return Event(types.CLOCK_TICKED, Ticked(clock=clock), clock, source="/inbox/0/validate", sequence="1" * 16)


def row(device: str, metric: str, time: int, value: float, text: str | None = None) -> Row:
    """A reading received when it was taken. time: µs."""
    return Row(device, metric, time, time, value, text)


def course(values: Sequence[float], interval: float = 10.0, device: str = "a", metric: str = "t") -> list[Row]:
    """One series, a value each interval (s)."""
    return [row(device, metric, START + round(i * interval * SECOND), float(v)) for i, v in enumerate(values)]


class Feed:
    """A score with its state, fed in the open."""

    def __init__(self) -> None:
        self.state = State(LAYOUT)
        self.said: list[Event] = []

    def rows(self, rows: Sequence[Row], cut: int = 1) -> list[Event]:
        """In records of `cut` rows; what came of it."""
        return self._take(telemetry(rows[i : i + cut]) for i in range(0, len(rows), cut))

    def tick(self, clock: int) -> list[Event]:
        """One tick."""
        return self._take([tick(clock)])

    def _take(self, events: Iterable[Event]) -> list[Event]:
        said = [given for event in events for given in handle(event, state=self.state)]
        self.said += said
        return said

    def anomalies(self) -> list[Anomaly]:
        """The last version of each, in the order in which they opened."""
        last = {event.data.id: event.data for event in self.said if isinstance(event.data, Anomaly)}
        return list(last.values())

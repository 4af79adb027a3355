"""The language of the vectors here, and their player. Used by test_vectors.py and by tests of the alert function.

A case is one line of a .jsonl file: `name`, `rules` (id → document), perhaps `profiles` and `devices`, and `steps`. The
clock of the log stands at 0 s when it begins (`clock` false: nothing has ticked yet). A step has one of the keys below,
and in `out` the events that come of it, all and in order (ledger minutes aside). All times are seconds after T0.

    read     "pump/temp 10 8.5, pump/temp 20 9 retained"     readings: series, device's time, value or 'text', then any
                                                             of retained, repeated, received=<time>
    ticks    62                                              the clock goes to 62, a tick a second
    tick     600                                             the clock goes there at a stroke
    command  "c1 acknowledge hot pump/temp@10 by ann at 50"  id, kind, alert, who and when; a snooze: `until 900`
    define   {"kind", "id", "revision", "document"}          a definition
    anomaly  "opened a1 pump/temp start=5 at=9 score=0.8"    at: its peak, or its end if closed

An event is `verb rule series@began vN state value xCOUNT`, where `began` is the time that its id comes from, and `-` no
value. What follows as key=value is compared too: at (updated_at), raised, cleared, until, by, and the alert's fields by
their names. A device as a whole is `pump/`. A rejected command is `rejected c1 pump no_open_alert`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from events import types
from events.event import Event, content_id, root_sequence, root_source
from events.payloads import Alert, Anomaly, Changed, Command, Rejected, Ticked
from events.readings import FRESH, REPEATED, RETAINED, Readings, Row
from events.state import State
from functions.alert.handler import LAYOUT, handle

T0 = 1_800_000_000_000_000
TENANT = "main"
DELIVERIES = {"retained": RETAINED, "repeated": REPEATED}

Case = dict[str, Any]


def cases() -> list[Case]:
    """Every line of every file, in order."""
    files = sorted(Path(__file__).parent.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@dataclass
class Player:
    """Plays a case on a state of its own. reload: the state goes through bytes before every event."""

    reload: bool = False
    clock: float = 0
    state: State = field(default_factory=lambda: State(LAYOUT))
    offset: int = 0

    def begin(self, case: Case) -> None:
        if case.get("clock", True):
            self.tick(0)
        for kind in ("profile", "device", "rule"):
            for id, document in case.get(kind + "s", {}).items():
                changed = Changed(kind=cast(Any, kind), id=id, revision=1, document={"id": id, **document})
                self.give(types.DEFINITION_CHANGED, changed)

    def step(self, step: dict[str, Any]) -> list[Event]:
        """What comes of one step."""
        if "read" in step:
            return self.read(rows(step["read"]))
        if "ticks" in step:
            times = range(int(self.clock) + 1, step["ticks"] + 1)
            return [said for time in times for said in self.tick(time)]
        if "tick" in step:
            return self.tick(step["tick"])
        if "command" in step:
            return self.give(types.COMMAND_GIVEN, _command(step["command"]))
        if "define" in step:
            return self.give(types.DEFINITION_CHANGED, Changed(**step["define"]))
        return self.give(*_anomaly(step["anomaly"]))

    def read(self, some: list[Row]) -> list[Event]:
        return self.give(types.TELEMETRY_VALIDATED, Readings.of(some))

    def tick(self, time: float) -> list[Event]:
        self.clock = time
        return self.give(types.CLOCK_TICKED, Ticked(clock=_at(time)))

    def command(self, id: str, kind: str, alert: str, device: str, at: float) -> list[Event]:
        """A command for an alert by its own id."""
        until = _at(at + 60) if kind == "snooze" else None
        given = Command(id=id, kind=cast(Any, kind), alert=alert, device=device, by="ann", at=_at(at), until=until)
        return self.give(types.COMMAND_GIVEN, given)

    def give(self, type: str, data: Any) -> list[Event]:
        if self.reload:
            dump, self.state = self.state.freeze().dump(), State(LAYOUT)
            self.state.thaw(dump)
        self.offset += 1
        event = Event(
            type, data, _at(self.clock), tenant=TENANT, source=root_source(0), sequence=root_sequence(self.offset)
        )
        return [said for said in handle(event, state=self.state) if said.type != types.LEDGER_COUNTED]


def rows(text: str) -> list[Row]:
    """`pump/temp 10 8.5 retained, …` as readings."""
    return [_row(*part.split()) for part in text.split(", ")]


def _row(series: str, time: str, value: str, *marks: str) -> Row:
    device, metric = series.split("/")
    received = next((_at(mark.partition("=")[2]) for mark in marks if mark.startswith("received=")), _at(time))
    delivery = next((DELIVERIES[mark] for mark in marks if mark in DELIVERIES), FRESH)
    if value.startswith("'"):
        return Row(device, metric, _at(time), received, float("nan"), value.strip("'"), delivery=delivery)
    return Row(device, metric, _at(time), received, float(value), delivery=delivery)


def _command(text: str) -> Command:
    id, kind, rule, place, *rest = text.split()
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    until = _at(options["until"]) if "until" in options else None
    by, at = options["by"], _at(options["at"])
    return Command(
        id=id, kind=cast(Any, kind), alert=_id(rule, place), device=place.split("/")[0], by=by, at=at, until=until
    )


def _anomaly(text: str) -> tuple[str, Anomaly]:
    verb, id, series, *rest = text.split()
    device, metric = series.split("/")
    number = {key: float(value) for key, value in (part.split("=") for part in rest)}
    closed = verb == "closed"
    anomaly = Anomaly(
        id=id, device=device, metric=metric, detector="robust", state="closed" if closed else "open",
        start=_at(number["start"]), end=_at(number["at"]) if closed else None, peak=12.0, peak_time=_at(number["at"]),
        score=number["score"], expected=(4.0, 6.0), version=1,
    )  # fmt: skip
    return f"{types.PREFIX}anomaly.{verb}", anomaly


def lines(events: list[Event], like: list[str], case: Case) -> list[str]:
    """Events in the language of the vectors, each with the keys that the line at its place in `like` names."""
    wanted = [[word.split("=")[0] for word in line.split() if "=" in word] for line in like]
    wanted += [[]] * len(events)
    places = {_id(rule, place): place for rule, place in _places(case)}
    return [_line(event, keys, places) for event, keys in zip(events, wanted, strict=False)]


def _line(event: Event, keys: list[str], places: dict[str, str]) -> str:
    """Of what names an event, all is checked here; of its data, what the line shows."""
    assert (event.tenant, event.subject) == (TENANT, event.data.device)
    if isinstance(event.data, Rejected):
        return f"rejected {event.data.command} {event.data.device} {event.data.reason}"
    alert, verb = event.data, types.verb(event.type)
    assert isinstance(alert, Alert)
    assert event.id == content_id(alert.id, verb, alert.version)
    place = places.get(alert.id, f"{alert.device}/{alert.metric or ''}@?")
    value = "-" if alert.value is None else f"{alert.value:g}"
    more = "".join(f" {key}={_shown(alert, key)}" for key in keys)
    return f"{verb} {alert.rule} {place} v{alert.version} {alert.state} {value} x{alert.count}{more}"


def _shown(alert: Alert, key: str) -> str:
    times = {
        "at": alert.updated_at,
        "raised": alert.raised_at,
        "cleared": alert.cleared_at,
        "until": alert.snoozed_until,
    }
    if key in times:
        time = times[key]
        return "-" if time is None else f"{(time - T0) / 1e6:g}"
    if key == "by":
        return "-" if alert.acknowledged is None else alert.acknowledged.by
    found = getattr(alert, key)
    return "-" if found is None else f"{found:g}" if isinstance(found, float) else str(found).lower()


def _places(case: Case) -> Iterable[tuple[str, str]]:
    """(rule, series@began) of every alert that a case names."""
    for step in case["steps"]:
        for line in step.get("out", []):
            if not line.startswith("rejected"):
                yield line.split()[1], line.split()[2]


def _id(rule: str, place: str) -> str:
    series, began = place.split("@")
    return content_id(TENANT, rule, *series.split("/"), _at(began))


def _at(time: float | str) -> int:
    return T0 + round(float(time) * 1e6)

"""What the vectors do not say: tenants, the ledger, what is forgotten, and that nothing derived is relied on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from events import types
from events.clock import KEEP, NEVER
from events.event import Event, root_sequence, root_source
from events.payloads import Alert, Changed, Command, Counted, Ticked
from events.readings import Readings
from events.state import State
from functions.alert.handler import LAYOUT, handle
from tests.rules.vectors import T0, rows

HOT = {"metric": "temp", "when": {"kind": "threshold", "op": ">", "value": 8}}
GONE = {"when": {"kind": "missing", "for": "60s"}}
SECOND = 1_000_000


class Host:
    """Gives events to the function on one state."""

    def __init__(self) -> None:
        self.state, self.offset = State(LAYOUT), 0
        self.tick(T0)

    def give(self, type: str, data: Any, tenant: str = "main") -> list[Event]:
        self.offset += 1
        event = Event(type, data, T0, "", tenant, "", root_source(3), root_sequence(self.offset))
        return list(handle(event, state=self.state))

    def tick(self, clock: int) -> list[Event]:
        return self.give(types.CLOCK_TICKED, Ticked(clock=clock))

    def rule(self, id: str, document: dict[str, Any], tenant: str = "main") -> None:
        changed = Changed(kind="rule", id=id, revision=1, document={"id": id, **document})
        assert self.give(types.DEFINITION_CHANGED, changed, tenant) == []

    def read(self, text: str, tenant: str = "main") -> list[Event]:
        return self.give(types.TELEMETRY_VALIDATED, Readings.of(rows(text)), tenant)

    def until(self, clock: int) -> list[Event]:
        """Ticks without a gap."""
        held = int(self.state.values["clock"])
        return [event for at in range(held + 5 * SECOND, clock + 1, 5 * SECOND) for event in self.tick(at)]


def alerts(events: Iterable[Event]) -> list[tuple[str, str, str, str]]:
    """Tenant, verb, rule and device of each alert event."""
    return [(e.tenant, types.verb(e.type), e.data.rule, e.subject) for e in events if isinstance(e.data, Alert)]


def test_tenants_share_a_shard_and_nothing_else() -> None:
    host = Host()
    host.rule("hot", HOT, "a")
    host.rule("gone", GONE, "b")
    said = [event for tenant in "abc" for event in host.read("pump/temp 0 9", tenant)]
    assert alerts(said) == [("a", "raised", "hot", "pump")]
    assert alerts(host.until(T0 + 65 * SECOND)) == [("b", "raised", "gone", "pump")]
    command = Command(id="c", kind="resolve", alert=said[0].data.id, device="pump", by="ann", at=T0)
    assert [event.type for event in host.give(types.COMMAND_GIVEN, command, "b")] == [types.COMMAND_REJECTED]
    assert alerts(host.give(types.COMMAND_GIVEN, command, "a")) == [("a", "cleared", "hot", "pump")]


def test_the_same_rule_of_two_tenants_makes_two_alerts() -> None:
    host = Host()
    host.rule("hot", HOT, "a")
    host.rule("hot", HOT, "b")
    first, second = (host.read("pump/temp 0 9", tenant)[0] for tenant in "ab")
    assert first.data.id != second.data.id
    assert first.id != second.id


def test_the_ledger_counts_every_row_and_the_late_ones() -> None:
    host = Host()
    host.read("pump/temp 10 1, pump/temp 5 1, pump/temp 10 2, pump/temp 20 'x', fan/temp 1 1")
    host.read("pump/temp 4 1")
    [counted] = [event.data for event in host.tick(T0 + 60 * SECOND) if event.type == types.LEDGER_COUNTED]
    assert counted == Counted(stage="alert", shard=3, minute=T0, in_=6, out=6, late=3)


def test_what_is_calm_is_forgotten_what_is_open_is_kept() -> None:
    host = Host()
    host.rule("hot", HOT)
    host.rule("gone", GONE)
    host.read("calm/temp 0 1, hot/temp 0 9")
    assert alerts(host.until(T0 + 65 * SECOND)) == [("main", "raised", "gone", device) for device in ("calm", "hot")]
    host.read("calm/temp 1 1")
    host.tick(T0 + 66 * SECOND + KEEP)
    assert host.state.tables["series"].keys == [("main", "hot", "temp")]
    assert host.state.tables["silence"].keys == [("main", "hot", "", "gone")]
    assert list(host.state.values["watched"]) == ["main/hot/temp", "main/hot/"]
    assert alerts(host.read("hot/temp 2 1, calm/temp 1 9")) == [
        ("main", "cleared", "gone", "hot"), ("main", "cleared", "hot", "hot"), ("main", "raised", "hot", "calm"),
    ]  # fmt: skip


def test_what_is_read_is_not_forgotten() -> None:
    """A deadline lives as long as its device gives readings, signs of life or not."""
    host = Host()
    host.rule("gone", GONE)
    host.read("pump/temp 0 1")
    for days in (20, 40):
        host.tick(T0 + days * 86_400 * SECOND)
        host.read(f"pump/temp {days} 1 retained")
    assert alerts(host.until(T0 + 40 * 86_400 * SECOND + 65 * SECOND)) == [("main", "raised", "gone", "pump")]


def test_a_deadline_that_was_disarmed_stays_so_until_the_next_sign_of_life() -> None:
    host = Host()
    host.rule("gone", GONE)
    host.read("pump/temp 0 1, fan/temp 0 1")
    table = host.state.tables["silence"]
    table["deadline"][table.find(("main", "pump", "", "gone"))] = NEVER
    assert alerts(host.until(T0 + 100 * SECOND)) == [("main", "raised", "gone", "fan")]
    host.read("pump/temp 1 1")
    assert alerts(host.until(T0 + 200 * SECOND)) == [("main", "raised", "gone", "pump")]


def test_a_state_that_was_reloaded_in_place_is_looked_at_anew() -> None:
    host, other = Host(), Host()
    other.rule("hot", HOT)
    host.read("fan/temp 0 9, pump/temp 0 9")
    host.state.thaw(other.state.freeze().dump())
    assert alerts(host.read("pump/temp 1 9, fan/temp 1 1")) == [("main", "raised", "hot", "pump")]


def test_a_large_batch_is_judged_as_its_rows_are() -> None:
    """Many series, several readings of each in one batch, few of them violating."""
    whole, single = Host(), Host()
    for host in (whole, single):
        host.rule("hot", HOT)
        host.rule("long", {"metric": "*", "when": {"kind": "threshold", "op": ">", "value": 7, "for": "3s"}})
        host.rule("rise", {"metric": "oil", "when": {"kind": "rate", "op": ">", "value": 5, "per": "1s"}})
    draw = np.random.default_rng(4)
    readings = [
        f"d{draw.integers(40)}/{'temp' if draw.random() < 0.7 else 'oil'} {int(n / 40 - 3 * draw.random())} {value:.2f}"
        for n, value in enumerate(draw.normal(4, 2, 2000))
    ]
    said = whole.read(", ".join(readings))
    expected = [event for reading in readings for event in single.read(reading)]
    assert {rule for _, _, rule, _ in alerts(said)} == {"hot", "long", "rise"}
    assert [(e.id, e.data) for e in said] == [(e.id, e.data) for e in expected]
    assert whole.state.freeze().dump() == single.state.freeze().dump()

"""validate judges reading by reading: who sent it, what it is to its series, when it came, and whether its device is
there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from events import types
from events.event import Event, root_sequence, root_source
from events.payloads import Changed, Command, Refused, Ticked
from events.readings import FRESH, REPEATED, RETAINED, Readings, Row
from events.state import State
from functions.validate.admission import Admission
from functions.validate.handler import LAYOUT, handle

SECOND = 1_000_000
T = 1_795_000_000 * SECOND


class Inbox:
    """A shard's inbox, validated record by record."""

    def __init__(self, admission: Admission | None = None) -> None:
        self.state, self.offset, self.admission = State(LAYOUT), 0, admission or Admission()

    def put(
        self, type: str, data: Any, time: int = T, writer: str = "/bridge/1", count: int | None = None
    ) -> list[Event]:
        self.offset += 1
        event = Event(
            type, data, time, source=root_source(0), sequence=root_sequence(self.offset), writer=writer,
            count=self.offset if count is None else count,
        )  # fmt: skip
        return list(handle(event, state=self.state, admission=self.admission))

    def rows(self, *rows: tuple[Any, ...], **how: Any) -> list[Event]:
        return self.put(types.TELEMETRY_RECEIVED, Readings.of(rows), **how)

    def tick(self, seconds: float) -> list[Event]:
        clock = T + int(seconds * SECOND)
        return self.put(types.CLOCK_TICKED, Ticked(clock=clock), clock, writer=f"/clock/{self.offset}")

    def define(self, kind: Any, id: str, document: dict[str, Any] | None, revision: int = 1) -> list[Event]:
        return self.put(types.DEFINITION_CHANGED, Changed(kind=kind, id=id, revision=revision, document=document))


def row(
    value: float = 1.0, at: float = 0, metric: str = "t", device: str = "d0", received: float | None = None, **more: Any
) -> Row:
    """A reading `at` seconds after T, received then unless told otherwise."""
    came = at if received is None else received
    return Row(device, metric, T + int(at * SECOND), T + int(came * SECOND), value, **more)


def passed(events: Iterable[Event]) -> list[Row]:
    return [r for event in events if event.type == types.TELEMETRY_VALIDATED for r in event.data.rows()]


def reasons(events: Iterable[Event]) -> list[str]:
    return [event.data.reason for event in events if event.type == types.READING_REJECTED]


def verbs(events: Iterable[Event]) -> list[str]:
    return [types.verb(event.type) for event in events if types.TOPIC[event.type] == "device"]


def ledger(inbox: Inbox, seconds: float = 61) -> Any:
    """The minute counted so far."""
    return next(event.data for event in inbox.tick(seconds) if event.type == types.LEDGER_COUNTED)


def test_repeat_is_dropped_and_another_value_is_a_revision() -> None:
    inbox = Inbox()
    inbox.tick(0)
    assert len(passed(inbox.rows(row(1.0), row(1.0), row(2.0)))) == 2
    (revised,) = passed(inbox.rows(row(3.0)))
    assert revised.revised and not revised.late
    counted = ledger(inbox)
    assert (counted.in_, counted.out, counted.duplicates, counted.revised) == (4, 3, 1, 2)


def test_older_than_the_newest_is_late_and_remembered_among_the_last_eight() -> None:
    inbox = Inbox()
    inbox.rows(*(row(float(i), at=10 + i) for i in range(8)))
    (late,) = passed(inbox.rows(row(5.0, at=10.5)))
    assert late.late and not late.revised
    assert passed(inbox.rows(row(5.0, at=10.5))) == [], "the same again is a repeat"
    (ancient,) = passed(inbox.rows(row(5.0, at=1)))
    assert ancient.late and passed(inbox.rows(row(5.0, at=1))), (
        "older than all that is remembered always passes as late"
    )


def test_texts_are_compared_as_texts() -> None:
    inbox, nan = Inbox(), float("nan")
    assert len(passed(inbox.rows(row(nan, text="open"), row(nan, text="open"), row(nan, text="shut")))) == 2


@pytest.mark.parametrize(
    ("at", "reason"), [(61, "time_in_future"), (60, None), (-7 * 86_400, None), (-7 * 86_400 - 1, "time_too_old")]
)
def test_limits_of_time(at: float, reason: str | None) -> None:
    assert reasons(Inbox().rows(row(at=at, received=0))) == ([reason] if reason else [])


def test_bad_readings_go_alone() -> None:
    inbox = Inbox()
    inbox.define(
        "profile", "p", {"id": "p", "devices": ["d*"], "strict": True, "metrics": {"t": {"min": -40, "max": 60}}}
    )
    given = inbox.rows(row(60.0), row(60.1, at=1), row(1.0, metric="x"), row(2.0, at=2))
    assert [r.value for r in passed(given)] == [60.0, 2.0]
    assert reasons(given) == ["out_of_range", "bad_metric"]


def test_a_new_revision_of_a_profile_takes_effect_at_its_record() -> None:
    inbox = Inbox()
    inbox.rows(row(99.0))
    inbox.define("profile", "p", {"id": "p", "devices": ["d*"], "metrics": {"t": {"max": 60}}}, revision=2)
    assert reasons(inbox.rows(row(99.0, at=1))) == ["out_of_range"]
    inbox.define("profile", "p", {"id": "p", "devices": ["d*"]}, revision=1)
    assert reasons(inbox.rows(row(99.0, at=2))) == ["out_of_range"], (
        "a revision not higher than the one held is ignored"
    )


def test_unknown_devices_are_let_in_where_the_tenant_says_so() -> None:
    closed = Inbox(Admission(auto_register=frozenset({"other"})))
    assert reasons(closed.rows(row())) == ["unknown_device"]
    closed.define("device", "d0", {"id": "d0"})
    assert verbs(closed.rows(row(at=1))) == ["online"]
    assert verbs(Inbox().rows(row())) == ["registered"]


def test_a_disabled_device_is_refused_until_enabled() -> None:
    inbox = Inbox()
    inbox.rows(row())
    (changed,) = [
        e for e in inbox.define("device", "d0", {"id": "d0", "enabled": False}) if e.type == types.DEVICE_CHANGED
    ]
    assert changed.data.state == "disabled"
    assert reasons(inbox.rows(row(at=1))) == ["unknown_device"]
    inbox.define("device", "d0", {"id": "d0"}, revision=2)
    assert verbs(inbox.rows(row(at=2))) == ["online"]


def test_a_deleted_device_is_told_and_forgotten() -> None:
    inbox = Inbox()
    inbox.rows(row())
    inbox.define("device", "d0", {"id": "d0"})
    told = inbox.define("device", "d0", None, revision=2)
    assert [e.data.deleted for e in told if e.type == types.DEVICE_CHANGED] == [True]
    assert verbs(inbox.rows(row(at=1))) == ["registered"]


def test_offline_after_three_usual_intervals_of_the_clock() -> None:
    inbox = Inbox()
    for second in range(0, 100, 10):
        inbox.tick(second)
        inbox.rows(row(at=second))
    told = [(second, verbs(inbox.tick(second))) for second in range(91, 140, 2)]
    assert [second for second, said in told if said] == [123], "90 + 3 × 10 + 2 s of grace, at the first tick after"
    assert verbs(inbox.rows(row(at=140))) == ["online"]


def test_what_came_before_the_first_tick_counts_from_it() -> None:
    inbox = Inbox()
    inbox.rows(row())
    assert verbs(inbox.tick(1)) == []
    assert passed(inbox.rows(row())) == [], "its series is remembered"
    (counted,) = [event.data for event in inbox.tick(70) if event.type == types.LEDGER_COUNTED]
    assert (counted.minute, counted.in_, counted.duplicates) == (T // 60_000_000 * 60_000_000, 2, 1)


def test_a_gap_of_the_clock_moves_the_deadline_and_is_told() -> None:
    inbox = Inbox()
    for second in (0, 4, 8):
        inbox.tick(second)
        inbox.rows(row(at=second))
    after = inbox.tick(608)
    assert [e.data for e in after if e.type == types.PLATFORM_BLIND] and not verbs(after)
    assert not verbs(inbox.tick(612)), "of twelve seconds of silence and two of grace, four are over"
    assert verbs(inbox.tick(616)) == [] and verbs(inbox.tick(620)) == [] and verbs(inbox.tick(623)) == ["offline"]


def test_sleep_is_not_blindness() -> None:
    inbox = Inbox()
    inbox.tick(0)
    for second in range(4, 76 * 60, 4):
        inbox.tick(second)
    assert not [e for e in inbox.tick(86_400) if e.type == types.PLATFORM_BLIND]


@pytest.mark.parametrize(("delivery", "is_heard"), [(FRESH, True), (RETAINED, False), (REPEATED, True)])
def test_signs_of_life(delivery: int, is_heard: bool) -> None:
    inbox = Inbox()
    given = inbox.rows(row(delivery=delivery))
    assert bool(verbs(given)) == is_heard
    assert passed(given)[0].delivery == (FRESH if is_heard else delivery)


def test_a_redelivery_of_old_readings_is_no_sign_of_life() -> None:
    inbox = Inbox()
    inbox.rows(row(at=10))
    (late,) = passed(inbox.rows(row(2.0, at=5, delivery=REPEATED)))
    assert late.delivery == REPEATED


def test_only_a_tick_that_moves_the_clock_goes_on() -> None:
    inbox = Inbox()
    assert [e.type for e in inbox.tick(5)] == [types.CLOCK_TICKED]
    assert inbox.tick(5) == [] and inbox.tick(4) == []


def test_the_lowest_of_several_tickers_counts() -> None:
    inbox = Inbox()
    ticks = [(0, 10), (1, 4), (1, 12)]
    told = [inbox.put(types.CLOCK_TICKED, Ticked(clock=T + s * SECOND, ticker=n, tickers=2)) for n, s in ticks]
    clocks = [[(e.data.clock - T) // SECOND for e in events if e.type == types.CLOCK_TICKED] for events in told]
    assert clocks == [[10], [], []], "the clock never goes back, and waits for the slower one"


def test_a_gap_in_a_writers_count_is_a_loss() -> None:
    inbox = Inbox()
    inbox.tick(0)
    for count in (5, 6, 9):
        inbox.rows(row(at=count, received=10), writer="/bridge/2", count=count)
    assert ledger(inbox).lost == 2


def test_ticks_count_among_a_writers_records() -> None:
    inbox = Inbox()
    for count in range(1, 5):
        inbox.put(types.CLOCK_TICKED, Ticked(clock=T + count * SECOND), writer="/bridge/1", count=2 * count - 1)
        inbox.rows(row(at=count), writer="/bridge/1", count=2 * count)
    assert ledger(inbox).lost == 0


def test_a_refused_payload_becomes_a_rejected_one_and_is_counted() -> None:
    inbox = Inbox()
    inbox.tick(0)
    refused = Refused(
        device="d0", reason="bad_json", field="", detail="…", received=T, payload=b"{", length=1, sha256="x"
    )
    (event,) = inbox.put(types.PAYLOAD_REFUSED, refused)
    assert (event.data.reason, event.data.payload, event.subject) == ("bad_json", b"{", "d0")
    assert ledger(inbox).rejected == {"bad_json": 1}


def test_commands_and_definitions_pass_in_their_place() -> None:
    inbox = Inbox()
    command = Command(id="c", kind="resolve", alert="a", device="d0", by="me", at=T)
    assert [e.type for e in inbox.put(types.COMMAND_GIVEN, command)] == [types.COMMAND_GIVEN]
    assert [e.type for e in inbox.define("rule", "r", None)] == [types.DEFINITION_CHANGED]


def test_device_seen_is_told_once_a_minute() -> None:
    inbox = Inbox()
    registered, *said = [second for second in range(0, 240, 5) if verbs(inbox.rows(row(at=second)))]
    assert registered == 0
    assert 0 < said[0] <= 60
    assert set(np.diff(said)) == {60}


def test_a_fleet_that_came_at_once_is_not_told_at_once_every_minute() -> None:
    inbox, told = Inbox(), Counter[int]()
    for second in range(0, 300, 6):
        told[second] += len(verbs(inbox.rows(*(row(at=second, device=f"d{i}") for i in range(100)))))
    assert told.pop(0) == 100
    assert max(told.values()) <= 25


def test_tenants_share_a_shard_and_nothing_else() -> None:
    inbox = Inbox()
    inbox.rows(row(1.0))
    other = Event(
        types.TELEMETRY_RECEIVED,
        Readings.of([row(1.0)]),
        T,
        tenant="b",
        source=root_source(0),
        sequence=root_sequence(9),
    )
    assert passed(handle(other, state=inbox.state)) and verbs(handle(other, state=inbox.state)) == []


def test_a_device_that_is_awaited_is_not_forgotten() -> None:
    """Platform and device were away for a month: the clock comes first, and its silence is still to be told."""
    inbox = Inbox()
    for second in range(0, 40, 4):
        inbox.tick(second)
        inbox.rows(row(at=second))
    month = 31 * 86_400
    assert verbs(inbox.tick(month)) == []
    told = [verb for second in range(4, 40, 4) for verb in verbs(inbox.tick(month + second))]
    assert told == ["offline"]


def test_the_first_tick_is_no_blindness_but_a_gap_after_it_is() -> None:
    inbox = Inbox()
    inbox.rows(row())
    for second, is_told in ((1, False), (5, False), (605, True)):
        assert bool([e for e in inbox.tick(second) if e.type == types.PLATFORM_BLIND]) is is_told

"""What a function gave up comes again through the inbox, found in the log by its name, over either log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from events import types
from events.event import Event, child_sequence, root_sequence
from events.log import Log
from events.payloads import DeadLetter
from events.readings import RETAINED, Readings, Row
from functions.replay import replay
from tests.events.logs import LOGS, opener


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = opener(request.param, request)()
    yield log
    log.close()


def readings(n: int, *, late: bool = False) -> Readings:
    """Five of them, told from others by their values."""
    return Readings.of([Row(f"d{i}", "t", 1000 * n + i, 1000 * n, n + i / 10, late=late) for i in range(5)])


def fill(log: Log, count: int) -> None:
    """Records of the inbox, and of each what validate makes of it: without its first row."""
    for n in range(count):
        received = Event(types.TELEMETRY_RECEIVED, readings(n), 1, id=str(n), source="/here", sequence=str(n + 1))
        log.append(types.INBOX, 0, [received])
        good = readings(n, late=True).take(range(1, 5))
        named = child_sequence(root_sequence(n), 0)
        log.append(types.TELEMETRY, 0, [
            Event(types.TELEMETRY_VALIDATED, good, 1, id=str(n), source="/inbox/0/validate", sequence=named)
        ])  # fmt: skip


def letter(function: str, n: int, rows: list[int]) -> Event:
    """Says that rows of the nth record were given up."""
    at_root = function == "validate"
    data = DeadLetter(
        function=function, source="/inbox/0" if at_root else "/inbox/0/validate",
        sequence=root_sequence(n) if at_root else child_sequence(root_sequence(n), 0), rows=rows, deadlines=[],
        whole=False, error="bad", attempts=2, payload=b"", length=0, sha256="",
    )  # fmt: skip
    return Event(types.DEAD_LETTERED, data, 1, id=f"{function}-{n}", source="/x", sequence="1")


def test_rows_come_again_as_they_came(log: Log) -> None:
    fill(log, 40)
    log.append(types.DEAD_LETTER, 0, [
        letter("record", 7, [0, 2]), letter("archive", 7, [2, 3]), letter("validate", 30, [4]), letter("score", 9, [1]),
    ])  # fmt: skip
    log.flush()
    assert replay(log) == (4, 0)
    again = [record.event for record in log.read(types.INBOX, 0, 40, 9)]
    assert [event.data.value.tolist() for event in again] == [[7.1, 7.3, 7.4], [30.4]]
    assert all(event.type == types.TELEMETRY_RECEIVED and event.source.startswith("/replay/") for event in again)
    assert not any(event.data.late.any() for event in again)
    assert {*again[0].data.delivery.tolist()} == {RETAINED}


def test_only_of_the_functions_that_are_named(log: Log) -> None:
    fill(log, 3)
    log.append(types.DEAD_LETTER, 0, [letter("record", 1, [0]), letter("archive", 2, [1])])
    log.flush()
    assert replay(log, ["archive"]) == (1, 0)
    assert [record.event.data.value.tolist() for record in log.read(types.INBOX, 0, 3, 9)] == [[2.2]]


def test_a_letter_of_no_batch_is_left(log: Log) -> None:
    fill(log, 1)
    whole = letter("record", 0, [])
    log.append(types.DEAD_LETTER, 0, [replace(whole, data=msgspec.structs.replace(whole.data, whole=True))])
    log.flush()
    assert replay(log) == (0, 0)


def test_what_is_no_longer_there_is_counted(log: Log) -> None:
    fill(log, 2)
    log.append(types.DEAD_LETTER, 0, [letter("record", 1700, [0, 1])])
    log.flush()
    assert replay(log) == (0, 2)

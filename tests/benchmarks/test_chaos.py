"""What a run under faults is judged by: silence, what Mosquitto may lose, and the file that is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import orjson
import pytest

from benchmarks.chaos_file import ODD, Recording
from benchmarks.chaos_outcome import UNSAVED, Outcome
from benchmarks.chaos_said import made_up
from benchmarks.simulators import Audit
from events import types
from events.event import Event
from events.payloads import Alert
from events.times import rfc3339
from simulator.replay import replayed

BEGAN = 1_800_000_000.0
START = int(BEGAN) * 1_000_000


def silence(device: str, at: float, state: Literal["active", "cleared"] = "active", rule: str = "silent") -> Event:
    """An event about it, so many seconds after BEGAN."""
    time = int((BEGAN + at) * 1e6)
    alert = Alert(
        id="1", rule=rule, device=device, metric=None, severity="major", state=state, raised_at=time, updated_at=time,
        version=1, message="", value=None, threshold=None, peak=None,
    )  # fmt: skip
    return Event(types.ALERT_RAISED, alert, time)


GAPS = {"quiet": [(23.0, 118.0), (200.0, float("inf"))], "lively": [(300.0, float("inf"))]}


@pytest.mark.parametrize(
    ("event", "true"),
    [
        (silence("quiet", 85.5), True),
        (silence("quiet", 80.0), False),
        (silence("quiet", 190.0), False),
        (silence("quiet", 262.5), True),
        (silence("lively", 85.5), False),
        (silence("stranger", 85.5), True),
        (silence("lively", 85.5, state="cleared"), True),
        (silence("lively", 85.5, rule="storm"), True),
    ],
)
def test_silence_is_made_up_where_a_device_was_sending(event: Event, true: bool) -> None:
    assert (made_up([event], GAPS, BEGAN) == []) is true


def outcome(*findings: dict[str, Any], died: int | None = START) -> Outcome:
    return Outcome(died=died, audit=Audit(1, {"findings": list(findings), "unknown": []}, ""))


def lost(count: int, at: float = 0.0) -> dict[str, Any]:
    """So many readings of one series, the first of them so many seconds after START."""
    example = f"{rfc3339(START + int(at * 1e6))} acknowledged, but not stored"
    return {"kind": "lost", "where": "readings", "device": "d", "metric": "m", "count": count, "example": example}


def test_what_mosquitto_may_lose_is_bounded_in_number_and_time() -> None:
    assert list(outcome(lost(UNSAVED)).unexplained()) == []
    assert len(list(outcome(lost(UNSAVED + 1)).unexplained())) == 1
    assert len(list(outcome(lost(UNSAVED), lost(1)).unexplained())) == 1
    assert len(list(outcome(lost(1, at=-60.0)).unexplained())) == 1
    assert len(list(outcome(lost(1, at=10.0)).unexplained())) == 1
    assert len(list(outcome(lost(1), died=None).unexplained())) == 1


def test_rows_that_were_given_up_are_missing_once() -> None:
    missed = {"kind": "miscounted", "where": "ledger", "stage": "alert", "count": 1}
    found = outcome(missed, missed)
    assert len(list(found.unexplained())) == 2
    found.dead["alert"] = 1
    assert len(list(found.unexplained())) == 1


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    made = Recording(tmp_path_factory.mktemp("file") / "file", 20, 180.0, START, 7)
    made.record()
    return made


def test_every_device_is_far_out_now_and_then(recording: Recording) -> None:
    odd = [
        message.device
        for message in replayed(recording.path)
        for metric, value in [ODD[message.device.rpartition("-")[0]]]
        if message.values[message.names.index(metric)] == value
    ]
    assert len(set(odd)) >= 18, "one is silent, and one stuck, at the time"


def test_the_gaps_are_those_of_the_device_that_is_offline(recording: Recording) -> None:
    inside = {device for device, gaps in recording.gaps(60.0).items() if len(gaps) > 1}
    assert len(inside) == 1


def test_a_file_is_cut_to_what_was_sent(recording: Recording, tmp_path: Path) -> None:
    whole = recording.path.read_bytes().splitlines()
    other = Recording(tmp_path / "file", recording.devices, recording.seconds, START, recording.seed)
    other.path.write_bytes(b"\n".join(whole) + b"\n")
    readings = tmp_path / "readings"
    readings.write_bytes(b"".join(orjson.dumps({"order": 1000 + n}) + b"\n" for n in (4, 0, 2, 2, 3, 1)))
    assert other.cut(readings) == orjson.loads(whole[4])["offset"]
    assert other.path.read_bytes().splitlines() == whole[:5]

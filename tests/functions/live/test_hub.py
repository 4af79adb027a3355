"""What each browser is told: frames of its channels, alerts of its tenant, at the pace it asked for."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from events import types
from events.event import Event
from events.payloads import Alert, DeviceState, Rejected
from events.readings import Readings, Row
from functions.live.connection import MOST_REJECTED, Connection, Refused
from functions.live.hub import Hub

T = 1_795_000_000_123_456


def told(hub: Hub, event: Event) -> list[tuple[str, str]]:
    return [(id, name) for id, name, _ in hub.take(event)]


def readings(*values: float, device: str = "d", metric: str = "t", late: bool = False, tenant: str = "main") -> Event:
    rows = [Row(device, metric, T + i * 1000, T, value, late=late) for i, value in enumerate(values)]
    return Event(types.TELEMETRY_VALIDATED, Readings.of(rows), T, tenant=tenant)


def alert(tenant: str = "main") -> Event:
    data = Alert(
        id="a", rule="r", device="d", metric="t", severity="major", state="active", raised_at=T, updated_at=T,
        version=1, message="m",
    )  # fmt: skip
    return Event(types.ALERT_RAISED, data, T, tenant=tenant)


def decoded(frame: bytes) -> tuple[int, list[tuple[float, float, int]]]:
    """A frame as a client reads it: seq, and (Unix ms, value, channel) of each point."""
    seq, n = struct.unpack_from("<II", frame)
    time = np.frombuffer(frame, "<f8", n, 8)
    value = np.frombuffer(frame, "<f4", n, 8 + 8 * n)
    channel = np.frombuffer(frame, "<u2", n, 8 + 12 * n)
    assert len(frame) == 8 + 14 * n
    return seq, list(zip(time.tolist(), value.tolist(), channel.tolist(), strict=True))


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.connections["x"] = Connection("main")
    return hub


def subscribed(hub: Hub, **more: object) -> dict[tuple[str, str], int]:
    return hub.connections["x"].subscribe({"id": "s", "devices": ["d"], "metrics": ["t"], **more})


def test_a_frame_holds_what_was_subscribed_with_its_microseconds(hub: Hub) -> None:
    channel = subscribed(hub)["d", "t"]
    hub.connections["x"].subscribe({"id": "other", "devices": ["e"], "metrics": ["t"]})
    for event in (readings(1.5), readings(9.0, metric="u"), readings(9.0, device="f")):
        assert told(hub, event) == []
    ((id, name, frame),) = hub.frames(0.0)
    assert (id, name) == ("x", "tele")
    assert decoded(frame) == (1, [(T / 1000, 1.5, channel)])


def test_a_slot_keeps_the_lowest_and_the_highest_in_order_of_time(hub: Hub) -> None:
    subscribed(hub)
    list(hub.take(readings(3.0, 9.0, 5.0, 1.0, 4.0)))
    ((_, _, frame),) = hub.frames(0.0)
    assert [value for _, value, _ in decoded(frame)[1]] == [9.0, 1.0]


def test_frames_come_at_the_pace_asked_for_and_are_counted(hub: Hub) -> None:
    subscribed(hub, hz=2)
    seqs = []
    for tenth in range(20):
        list(hub.take(readings(float(tenth))))
        seqs += [decoded(frame)[0] for _, _, frame in hub.frames(tenth / 10)]
    assert seqs == [1, 2, 3, 4]


def test_late_readings_and_other_tenants_are_not_shown(hub: Hub) -> None:
    subscribed(hub)
    list(hub.take(readings(1.0, late=True)))
    list(hub.take(readings(1.0, tenant="other")))
    assert list(hub.frames(0.0)) == [] and told(hub, alert("other")) == []


def test_an_alert_is_told_at_once_whole_and_with_its_verb(hub: Hub) -> None:
    ((_, name, data),) = hub.take(alert())
    assert (name, data["verb"], data["raised_at"], data["id"]) == (
        "alert",
        "raised",
        "2026-11-18T11:06:40.123456Z",
        "a",
    )


def test_devices_wait_and_the_last_state_counts(hub: Hub) -> None:
    for version, state in enumerate(("online", "offline"), 1):
        data = DeviceState(
            id="d", state=state, profile=None, created=T, last_received=T, last_time=T, version=version  # type: ignore[arg-type] # a Literal
        )  # fmt: skip
        assert told(hub, Event(types.DEVICE_ONLINE, data, T)) == []
    ((_, name, devices),) = hub.devices()
    assert (name, [d["state"] for d in devices]) == ("device", ["offline"])
    assert list(hub.devices()) == []


def test_rejected_readings_are_told_up_to_a_limit_commands_always(hub: Hub) -> None:
    reading = Event(types.READING_REJECTED, Rejected(device="d", reason="out_of_range", detail="…", received=T), T)
    command = Event(
        types.COMMAND_REJECTED, Rejected(device="d", reason="no_open_alert", detail="…", received=T, command="c"), T
    )
    assert sum(len(told(hub, reading)) for _ in range(50)) == MOST_REJECTED
    assert told(hub, command) == [("x", "rejected")]
    list(hub.devices())
    assert told(hub, reading) == [("x", "rejected")], "there is room again"


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"id": "s", "devices": "d", "metrics": ["t"]}, {"id": "s", "devices": [], "metrics": ["t"]},
        {"id": "s", "devices": ["d"], "metrics": [1]}, {"id": "s", "devices": ["d"] * 9, "metrics": ["t"] * 8},
        {"id": "s", "devices": ["d"], "metrics": ["t"], "hz": 0},
        {"id": "s", "devices": ["d"], "metrics": ["t"], "hz": "fast"},
    ],
)  # fmt: skip
def test_what_cannot_be_subscribed_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(Refused):
        Connection("main").subscribe(asked)


def test_a_second_sub_of_the_same_id_replaces_the_first(hub: Hub) -> None:
    first = subscribed(hub)["d", "t"]
    list(hub.take(readings(1.0)))
    second = subscribed(hub)["d", "t"]
    assert first != second and list(hub.frames(0.0)) == [], "what waited for the old channel is gone"
    list(hub.take(readings(2.0)))
    ((_, _, frame),) = hub.frames(0.0)
    assert [channel for _, _, channel in decoded(frame)[1]] == [second]


def test_the_watermark_is_the_newest_time_that_went_through(hub: Hub) -> None:
    assert hub.watermark("main", "d", "t") is None
    subscribed(hub)
    list(hub.take(readings(1.0, 2.0)))
    assert hub.watermark("main", "d", "t") == (T + 1000) / 1000

"""Commands of operators: into the inbox of the device's shard, as they were given."""

from __future__ import annotations

from typing import Any

import pytest

from events import types
from events.log import shard_of
from events.times import rfc3339
from tests.functions.web import MINUTE, NOON, Web, refusal


def give(web: Web, kind: str, **body: Any) -> Any:
    return web.client.post(f"alerts/a-1/{kind}", json={"device": "pump-7", "by": "Ada", **body})


@pytest.mark.parametrize("kind", ["acknowledge", "resolve"])
def test_a_command_goes_to_the_devices_shard(web: Web, kind: str) -> None:
    answer = give(web, kind, note="on it")
    ((shard, event),) = web.inbox()
    assert (answer.status_code, answer.json()) == (202, {"command": event.data.id})
    assert (shard, event.type, event.subject) == (shard_of("main", "pump-7", 2), types.COMMAND_GIVEN, "pump-7")
    data = event.data
    assert (data.kind, data.alert, data.device, data.by, data.at, data.until, data.note) == (
        kind, "a-1", "pump-7", "Ada", NOON, None, "on it"
    )  # fmt: skip


@pytest.mark.parametrize(
    "end", [{"for": "30m"}, {"until": "2025-11-24T12:30:00Z"}, {"until": (NOON + 30 * MINUTE) // 1000}]
)
def test_a_snooze_ends_at_a_time_or_after_a_duration(web: Web, end: dict[str, Any]) -> None:
    assert give(web, "snooze", **end).status_code == 202
    assert web.inbox()[0][1].data.until == NOON + 30 * MINUTE


@pytest.mark.parametrize("end", [{"for": "99999999d"}, {"until": 1e18}, {"until": 1e307}])
def test_a_snooze_without_an_end_has_one_that_can_be_written(web: Web, end: dict[str, Any]) -> None:
    assert give(web, "snooze", **end).status_code == 202
    assert rfc3339(web.inbox()[0][1].data.until) == "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("snooze", {}, "until"),
        ("snooze", {"for": "1h", "until": "2025-11-25T00:00:00Z"}, "until"),
        ("snooze", {"until": "2025-11-24T11:59:59Z"}, "until"),
        ("snooze", {"until": "soon"}, "until"),
        ("snooze", {"for": "soon"}, "for"),
        ("resolve", {"device": None}, "device"),
        ("resolve", {"device": "pump-7\n"}, "device"),
        ("resolve", {"by": ""}, "by"),
        ("resolve", {"why": "done"}, "why"),
    ],
)
def test_what_is_no_command_is_refused_with_its_field(web: Web, kind: str, body: dict[str, Any], field: str) -> None:
    answer = give(web, kind, **body)
    assert answer.status_code in (400, 422)
    assert refusal(answer, answer.status_code)[0][0] == field
    assert web.inbox() == []


@pytest.mark.parametrize("id", ["a" * 129, "%0A", "%20", "%3Cb%3E"])
def test_what_can_be_the_id_of_no_alert_is_not_told_to_the_log(web: Web, id: str) -> None:
    refusal(web.client.post(f"alerts/{id}/resolve", json={"device": "pump-7", "by": "Ada"}), 404)
    assert web.inbox() == []


def test_an_unknown_command_is_refused(web: Web) -> None:
    refusal(give(web, "explode"), 400)


def test_a_missing_field_is_named(web: Web) -> None:
    assert refusal(web.client.post("alerts/a-1/resolve", json={"device": "pump-7"}), 422)[0][0] == "by"

"""Devices through the API: one document of two parts, of which only the definition can be written."""

from __future__ import annotations

from typing import Any

import pytest

from events import types
from events.log import shard_of
from events.payloads import DeviceState
from stores.collections import DEVICE_STATES
from tests.functions.web import NOON, Web, refusal


def stands(web: Web, id: str, version: int = 1, state: Any = "online", deleted: bool = False) -> None:
    """What materialize writes of a device."""
    data = DeviceState(
        id=id, state=state, profile="pump", created=NOON, last_received=NOON, last_time=NOON, version=version,
        deleted=deleted,
    )  # fmt: skip
    web.write(DEVICE_STATES, id, version, data)


def test_a_device_that_reported_is_there_without_a_definition(web: Web) -> None:
    stands(web, "pump-1")
    answer = web.client.get("devices/pump-1")
    time = "2025-11-24T12:00:00.000000Z"
    assert answer.headers["etag"] == '"0"'
    assert answer.json() == {
        "id": "pump-1", "name": "", "profile": "pump", "tags": {}, "lat": None, "lon": None, "enabled": True,
        "state": "online", "created": time, "last_received": time, "last_time": time,
    }  # fmt: skip


def test_a_definition_and_a_state_are_one_document(web: Web) -> None:
    stands(web, "pump-1")
    body = {"name": "Pump 1", "tags": {"site": "Delft"}, "lat": 52.0, "lon": 4.36}
    answer = web.client.put("devices/pump-1", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert {**web.get("devices/pump-1"), **body} == answer.json()
    assert (answer.json()["state"], answer.json()["profile"]) == ("online", "pump")


def test_a_device_may_be_defined_before_it_reports(web: Web) -> None:
    answer = web.client.put("devices/pump-2", json={"profile": "pump"})
    assert (answer.status_code, answer.json()["state"], answer.json()["created"]) == (201, "never_seen", None)
    off = web.client.patch("devices/pump-2", json={"enabled": False}, headers={"If-Match": '"1"'})
    assert off.json()["state"] == "disabled"


def test_a_definition_is_told_to_the_devices_shard_alone(web: Web) -> None:
    web.client.put("devices/pump-1", json={"name": "Pump 1"})
    ((shard, event),) = web.inbox()
    assert (shard, event.type) == (shard_of("main", "pump-1", 2), types.DEFINITION_CHANGED)
    assert (event.data.kind, event.data.id, event.data.document["name"]) == ("device", "pump-1", "Pump 1")


def test_a_patch_merges(web: Web) -> None:
    web.client.put("devices/pump-1", json={"name": "Pump 1", "tags": {"site": "Delft", "hall": "3"}})
    patch = {"tags": {"hall": None, "line": "b"}, "lat": 52.0}
    answer = web.client.patch("devices/pump-1", json=patch, headers={"If-Match": '"1"'})
    assert (answer.json()["name"], answer.json()["tags"]) == ("Pump 1", {"site": "Delft", "line": "b"})
    assert answer.headers["etag"] == '"2"'


def test_a_device_without_a_definition_can_be_patched(web: Web) -> None:
    stands(web, "pump-1")
    answer = web.client.patch("devices/pump-1", json={"name": "Pump 1"}, headers={"If-Match": '"0"'})
    assert (answer.status_code, answer.json()["name"], answer.json()["state"]) == (200, "Pump 1", "online")


def test_a_change_of_an_older_revision_is_refused(web: Web) -> None:
    web.client.put("devices/pump-1", json={"name": "a"})
    web.client.put("devices/pump-1", json={"name": "b"}, headers={"If-Match": '"1"'})
    refusal(web.client.patch("devices/pump-1", json={"name": "c"}, headers={"If-Match": '"1"'}), 412)
    refusal(web.client.patch("devices/pump-1", json={"name": "c"}), 428)
    refusal(web.client.delete("devices/pump-1"), 428)
    assert web.get("devices/pump-1")["name"] == "b"


def test_a_deleted_device_is_gone_until_it_reports_again(web: Web) -> None:
    stands(web, "pump-1", 5)
    web.client.put("devices/pump-1", json={"name": "Pump 1"})
    assert web.client.delete("devices/pump-1", headers={"If-Match": '"1"'}).status_code == 204
    refusal(web.client.get("devices/pump-1"), 404)
    assert web.items("devices") == []
    stands(web, "pump-1", 6, deleted=True)
    refusal(web.client.get("devices/pump-1"), 404)
    stands(web, "pump-1", 9)
    assert (web.get("devices/pump-1")["name"], web.get("devices/pump-1")["state"]) == ("", "online")


def test_a_device_that_nobody_defined_can_be_deleted(web: Web) -> None:
    stands(web, "pump-1")
    assert web.client.delete("devices/pump-1", headers={"If-Match": '"0"'}).status_code == 204
    assert web.inbox()[0][1].data.document is None
    refusal(web.client.get("devices/pump-1"), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"state": "online"}, "state"),
        ({"lat": 91}, "lat"),
        ({"tags": {"site": 3}}, "tags.site"),
        ({"id": "pump-2"}, "id"),
        ([], ""),
    ],
)
def test_what_is_no_device_is_refused_with_its_path(web: Web, body: Any, field: str) -> None:
    assert refusal(web.client.put("devices/pump-1", json=body), 422)[0][0] == field
    assert web.items("devices") == []


@pytest.mark.parametrize("id", ["pump%201", ".hidden", "a%23b", "a..b", "a%0A"])
def test_an_id_that_no_device_can_have_is_refused(web: Web, id: str) -> None:
    assert refusal(web.client.put(f"devices/{id}", json={}), 422)[0][0] == "id"


def test_devices_are_listed_page_by_page(web: Web) -> None:
    ids = [f"pump-{i:02}" for i in range(9)]
    for id in ids[:6]:
        stands(web, id)
    for id in ids[4:]:
        web.client.put(f"devices/{id}", json={"name": id})
    web.client.delete("devices/pump-03", headers={"If-Match": "*"})
    listed = web.items("devices", limit=2)
    assert [device["id"] for device in listed] == ids[:3] + ids[4:]
    assert web.get("devices/pump-04") in listed


def test_devices_are_chosen_by_state_and_profile(web: Web) -> None:
    stands(web, "pump-1")
    stands(web, "pump-2", state="offline")
    web.client.put("devices/meter-1", json={"profile": "meter"})
    assert [device["id"] for device in web.items("devices", state="offline")] == ["pump-2"]
    assert [device["id"] for device in web.items("devices", state="never_seen")] == ["meter-1"]
    assert [device["id"] for device in web.items("devices", profile="pump", limit=1)] == ["pump-1", "pump-2"]
    assert refusal(web.client.get("devices", params={"state": "odd"}), 400)[0][0] == "state"


def test_more_devices_than_a_page_of_the_store_are_all_listed(web: Web) -> None:
    for i in range(1203):
        stands(web, f"pump-{i}")
    assert len(web.items("devices", limit=1000)) == 1203

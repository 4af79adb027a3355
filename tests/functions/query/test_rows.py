"""`/readings`, `/devices/{id}/latest`, `/metrics`."""

from __future__ import annotations

import pytest

from events.readings import Row
from tests.functions.web import NOON, SECOND, Web, refusal

NAN = float("nan")


def test_every_stored_reading_is_listed_once_page_by_page(web: Web) -> None:
    given = [Row("pump-1", metric, NOON + i, NOON, float(i)) for i in range(40) for metric in ("heat", "flow")]
    web.record(given)
    web.record([given[5]._replace(value=99.0, revised=True)])
    found = web.items("readings", device="pump-1", limit=7)
    assert len(found) == 80
    assert [(row["time"], row["metric"]) for row in found] == sorted((row["time"], row["metric"]) for row in found)
    assert [row["value"] for row in found if row["revised"]] == [99.0]
    only = web.items("readings", device="pump-1", metric="heat", limit=7)
    assert [row["value"] for row in only] == [float(i) for i in range(40)]


def test_a_reading_is_shown_with_all_it_has(web: Web) -> None:
    web.record([Row("pump-1", "mode", NOON, NOON + 1, NAN, "auto", True)])
    assert web.items("readings", device="pump-1") == [{
        "device": "pump-1", "metric": "mode", "time": "2025-11-24T12:00:00.000000Z",
        "received": "2025-11-24T12:00:00.000001Z", "value": None, "text": "auto", "late": True, "revised": False,
    }]  # fmt: skip


def test_readings_are_chosen_by_time(web: Web) -> None:
    web.record([Row("pump-1", "heat", NOON + i, NOON, float(i)) for i in range(5)])
    found = web.items("readings", device="pump-1", from_=(NOON + 1) / 1000, to="2025-11-24T12:00:00.000003Z")
    assert [row["value"] for row in found] == [1.0, 2.0]
    assert web.items("readings", device="nobody") == []


@pytest.mark.parametrize("cursor", ["odd", "W10", "é"])
def test_a_cursor_that_no_page_gave_is_refused(web: Web, cursor: str) -> None:
    assert refusal(web.client.get("readings", params={"device": "a", "cursor": cursor}), 400)[0][0] == "cursor"


def test_the_device_must_be_named(web: Web) -> None:
    assert refusal(web.client.get("readings"), 400)[0][0] == "device"


def test_the_newest_reading_of_every_metric_is_shown(web: Web) -> None:
    profile = {"id": "pump", "metrics": {"heat": {"unit": "Cel", "min": 0, "max": 90, "decimals": 1}}}
    web.client.put("profiles/pump", json=profile)
    web.client.put("devices/pump-1", json={"profile": "pump"})
    web.record([Row("pump-1", "heat", NOON + i * SECOND, NOON, float(i)) for i in range(3)])
    web.record([Row("pump-1", "flow", NOON, NOON, 7.0), Row("pump-1", "heat", NOON, NOON, 5.0, None, True)])
    latest = web.items("devices/pump-1/latest")
    assert [(row["metric"], row["value"], row["unit"]) for row in latest] == [("flow", 7.0, None), ("heat", 2.0, "Cel")]
    assert web.items("metrics", device="pump-1") == [
        {"name": "flow", "unit": None, "min": None, "max": None, "decimals": None},
        {"name": "heat", "unit": "Cel", "min": 0, "max": 90, "decimals": 1},
    ]


def test_a_device_without_readings_has_no_newest_and_an_unknown_one_is_refused(web: Web) -> None:
    web.client.put("devices/pump-1", json={})
    assert web.items("devices/pump-1/latest") == []
    refusal(web.client.get("devices/pump-2/latest"), 404)


def test_metrics_of_all_devices_have_the_unit_on_which_profiles_agree(web: Web) -> None:
    web.client.put("profiles/a", json={"id": "a", "metrics": {"heat": {"unit": "Cel"}, "flow": {"unit": "l"}}})
    web.client.put("profiles/b", json={"id": "b", "metrics": {"heat": {"unit": "Cel"}, "flow": {"unit": "m3"}}})
    web.record([Row("pump-1", "heat", NOON, NOON, 1.0), Row("pump-2", "flow", NOON, NOON, 1.0)])
    assert [(row["name"], row["unit"]) for row in web.items("metrics")] == [("flow", None), ("heat", "Cel")]
    web.record([Row("pump-9", "mode", NOON, NOON, 1.0)], "other")
    assert len(web.items("metrics")) == 2

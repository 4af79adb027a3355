"""Rules and profiles through the API: created, changed with If-Match, refused with the path, told to every shard."""

from __future__ import annotations

from typing import Any

import pytest

from events import types
from tests.functions.web import Web, refusal

RULE: dict[str, Any] = {
    "id": "too-warm", "name": "Too warm", "severity": "critical", "metric": "temperature",
    "when": {"kind": "threshold", "op": ">", "value": 8, "clear": 6, "for": "5m"},
}  # fmt: skip


def put(web: Web, document: dict[str, Any], etag: str | None = None) -> Any:
    headers = {"If-Match": etag} if etag is not None else {}
    return web.client.put(f"rules/{document['id']}", json=document, headers=headers)


def test_a_rule_is_created_read_changed_and_deleted(web: Web) -> None:
    created = put(web, RULE)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    read = web.client.get("rules/too-warm")
    assert (read.headers["etag"], read.json()) == ('"1"', created.json())
    assert read.json()["when"]["max_gap"] == "10m"
    assert read.json()["enabled"] is True
    changed = put(web, {**RULE, "severity": "minor"}, '"1"')
    assert (changed.status_code, changed.headers["etag"], changed.json()["severity"]) == (200, '"2"', "minor")
    assert web.client.delete("rules/too-warm", headers={"If-Match": '"2"'}).status_code == 204
    assert web.client.get("rules/too-warm").status_code == 404
    assert put(web, RULE).headers["etag"] == '"4"'


def test_what_was_read_can_be_written_back(web: Web) -> None:
    put(web, RULE)
    read = web.client.get("rules/too-warm")
    assert put(web, read.json(), read.headers["etag"]).headers["etag"] == '"1"'


def test_a_change_of_an_older_revision_is_refused(web: Web) -> None:
    put(web, RULE)
    put(web, {**RULE, "severity": "minor"}, '"1"')
    refusal(put(web, RULE, '"1"'), 412)
    refusal(put(web, RULE), 428)
    assert put(web, RULE, "*").status_code == 200
    refusal(web.client.delete("rules/too-warm", headers={"If-Match": '"1"'}), 412)
    refusal(web.client.delete("rules/other", headers={"If-Match": "*"}), 404)
    for etag in ("three", f'"{"9" * 5000}"'):
        assert refusal(put(web, RULE, etag), 400)[0][0] == "If-Match"


def test_a_rule_can_be_patched(web: Web) -> None:
    put(web, RULE)
    patch = {"enabled": False, "when": {"for": None, "value": 9}}
    patched = web.client.patch("rules/too-warm", json=patch, headers={"If-Match": '"1"'})
    assert (patched.status_code, patched.headers["etag"]) == (200, '"2"')
    assert (patched.json()["when"]["value"], patched.json()["when"]["for"]) == (9, None)


def test_a_rule_is_created_once_with_post(web: Web) -> None:
    assert web.client.post("rules", json=RULE).status_code == 201
    refusal(web.client.post("rules", json=RULE), 409)


def test_a_change_is_told_to_every_shard_with_the_whole_document(web: Web) -> None:
    put(web, RULE)
    put(web, {**RULE, "severity": "minor"}, '"1"')
    web.client.delete("rules/too-warm", headers={"If-Match": "*"})
    for shard in (0, 1):
        told = [event for place, event in web.inbox() if place == shard]
        assert {event.type for event in told} == {types.DEFINITION_CHANGED}
        assert [(event.data.kind, event.data.id, event.data.revision) for event in told] == [
            ("rule", "too-warm", 1), ("rule", "too-warm", 2), ("rule", "too-warm", 3),
        ]  # fmt: skip
        assert [event.data.document and event.data.document["severity"] for event in told] == [
            "critical",
            "minor",
            None,
        ]
        assert [event.sequence for event in told] == ["1", "2", "3"]
    assert web.definitions.resend() == 0


def test_rules_are_listed_page_by_page(web: Web) -> None:
    for i in range(7):
        put(web, {**RULE, "id": f"r{i}"})
    web.client.delete("rules/r3", headers={"If-Match": "*"})
    assert [rule["id"] for rule in web.items("rules", limit=2)] == ["r0", "r1", "r2", "r4", "r5", "r6"]


def test_tenants_have_rules_of_their_own(web: Web) -> None:
    web.client.put("rules/too-warm", json=RULE, headers={"Tidings-Tenant": "other"})
    assert web.get("rules")["items"] == []
    assert {event.tenant for _, event in web.inbox()} == {"other"}
    assert refusal(web.client.get("rules", headers={"Tidings-Tenant": "a/b"}), 400)[0][0] == "Tidings-Tenant"


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in RULE.items() if field != name}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({**RULE, "colour": "red"}, "colour"),
        ({**RULE, "severity": "bad"}, "severity"),
        (without("when"), "when"),
        ({**RULE, "metric": None}, "metric"),
        ({**RULE, "enabled": "yes"}, "enabled"),
        ({**RULE, "scope": {"device": ["*"]}}, "scope.device"),
        ({**RULE, "scope": {"tags": {"site": "north", "floor": 1}}}, "scope.tags.floor"),
        ({**RULE, "when": {**RULE["when"], "kind": "magic"}}, "when.kind"),
        ({**RULE, "when": {**RULE["when"], "for": "5 minutes"}}, "when.for"),
        ({**RULE, "when": {**RULE["when"], "for": "5m\n"}}, "when.for"),
        ({**RULE, "when": {**RULE["when"], "max_gap": "999999999d"}}, "when.max_gap"),
        ({**RULE, "when": {**RULE["when"], "over": 8}}, "when.over"),
        ({**RULE, "when": {**RULE["when"], "value": "8"}}, "when.value"),
        ({**RULE, "when": {**RULE["when"], "clear": 9}}, "when.clear"),
        ({**RULE, "when": {**RULE["when"], "count": {"n": 3, "of": 2}}}, "when.count.n"),
        ({**RULE, "when": {"kind": "missing", "for": "2h"}}, "when.for"),
        ({**RULE, "when": {"kind": "missing"}}, "when.for"),
        ([RULE], ""),
        ("rule", ""),
    ],
)
def test_what_is_no_rule_is_refused_with_its_path(web: Web, document: Any, field: str) -> None:
    ((where, detail),) = refusal(web.client.put("rules/too-warm", json=document), 422)
    assert (where, bool(detail)) == (field, True)
    assert web.inbox() == []


def test_an_unknown_field_of_a_metric_is_refused_with_its_path(web: Web) -> None:
    profile = {"id": "pump", "metrics": {"flow": {"unit": "m3/h"}, "heat": {"minimum": 3}}}
    assert refusal(web.client.put("profiles/pump", json=profile), 422)[0][0] == "metrics.heat.minimum"
    assert refusal(web.client.put("profiles/pump", json={"metrics": {"flow": {"decimals": -1}}}), 422)
    turned = {"id": "pump", "metrics": {"flow": {"min": 3, "max": 1}}}
    assert refusal(web.client.put("profiles/pump", json=turned), 422)[0][0] == "metrics.flow.min"


@pytest.mark.parametrize("id", ["line\n", "a\nb", "a..b", "a/b", "", "é", "x" * 129])
def test_a_name_that_no_event_could_carry_is_refused_before_it_is_written(web: Web, id: str) -> None:
    assert refusal(web.client.post("rules", json={**RULE, "id": id}), 422)[0][0] == "id"
    assert web.definitions.resend() == 0


def test_the_id_is_the_one_of_the_path(web: Web) -> None:
    assert refusal(web.client.put("rules/other", json=RULE), 422)[0][0] == "id"
    assert web.client.put("rules/other", json=without("id")).json()["id"] == "other"


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"value": NaN}'])
def test_what_is_not_json_is_refused(web: Web, body: bytes) -> None:
    refusal(web.client.put("rules/too-warm", content=body), 400)


def test_a_body_that_is_too_large_is_refused(web: Web) -> None:
    refusal(web.client.put("rules/too-warm", json={**RULE, "name": "x" * 300_000}), 413)

"""Definitions from files: written once, again when the file changed, never over a change through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.rules.files import BadFile, load
from simulator.profiles import PROFILES
from tests.functions.web import Web
from tests.house.tree import ROOT

RULE = """
rules:
  - id: too-warm
    metric: temperature
    when: { kind: threshold, op: ">", value: %s }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "definitions").mkdir()
    return tmp_path / "definitions"


def value(web: Web) -> Any:
    return web.get("rules/too-warm")["when"]["value"]


def test_a_file_is_loaded_once_and_again_when_it_changed(web: Web, folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULE % 8)
    assert load(folder, web.definitions).written == ["rule too-warm"]
    assert load(folder, web.definitions) == ([], [])
    (folder / "rules.yaml").write_text("# only a comment is new" + RULE % 8)
    assert load(folder, web.definitions) == ([], [])
    (folder / "rules.yaml").write_text(RULE % 9)
    assert load(folder, web.definitions).written == ["rule too-warm"]
    assert (value(web), web.client.get("rules/too-warm").headers["etag"]) == (9, '"2"')


def test_a_change_through_the_api_is_not_overwritten(web: Web, folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULE % 8)
    load(folder, web.definitions)
    web.client.patch("rules/too-warm", json={"when": {"value": 7}}, headers={"If-Match": "*"})
    assert load(folder, web.definitions) == ([], [])
    (folder / "rules.yaml").write_text(RULE % 9)
    assert load(folder, web.definitions) == ([], ["rule too-warm"])
    assert value(web) == 7


def test_a_deletion_through_the_api_stays(web: Web, folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULE % 8)
    load(folder, web.definitions)
    web.client.delete("rules/too-warm", headers={"If-Match": "*"})
    load(folder, web.definitions)
    assert web.items("rules") == []


def test_json_and_all_kinds_are_taken(web: Web, folder: Path) -> None:
    (folder / "a.json").write_text('{"devices": [{"id": "pump-1"}], "profiles": [{"id": "pump"}]}')
    assert load(folder, web.definitions).written == ["device pump-1", "profile pump"]


def test_no_folder_is_no_definitions(web: Web, folder: Path) -> None:
    assert load(folder / "none", web.definitions) == ([], [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (RULE % "warm", "a.yaml: rules[0] (too-warm): when.value: Expected `float`, got `str`"),
        ("rules: {}", "a.yaml: rules: expected lists under profiles, rules, devices"),
        ("rule: []", "a.yaml: rule: expected lists under profiles, rules, devices"),
        ("- 1", "a.yaml: expected lists under profiles, rules, devices"),
        ("rules: [", "a.yaml is not YAML: "),
        (RULE % 8 + RULE.replace("rules", "devices") % 8, "a.yaml: devices[0] (too-warm): metric: is not a field"),
    ],
)
def test_what_cannot_be_loaded_is_told_in_one_line(web: Web, folder: Path, text: str, line: str) -> None:
    (folder / "a.yaml").write_text(text)
    with pytest.raises(BadFile) as told:
        load(folder, web.definitions)
    assert str(told.value).startswith(line)
    assert "\n" not in str(told.value)
    assert web.inbox() == []


def test_the_same_definition_in_two_files_is_refused(web: Web, folder: Path) -> None:
    (folder / "a.yaml").write_text(RULE % 8)
    (folder / "b.yaml").write_text(RULE % 9)
    with pytest.raises(BadFile, match=r"b\.yaml: rule too-warm is in a\.yaml too"):
        load(folder, web.definitions)


def test_what_the_demo_ships_knows_the_simulated_devices(web: Web) -> None:
    """Units and limits of sensors are those that the simulator keeps to."""
    load(ROOT / "definitions", web.definitions)
    shipped = {profile["id"]: profile for profile in web.items("profiles")}
    assert shipped.keys() == PROFILES.keys()
    for name, profile in PROFILES.items():
        assert shipped[name]["devices"] == [f"{name}-*"]
        assert shipped[name]["metrics"] == {
            metric.name: {"unit": metric.unit, "min": metric.low, "max": metric.high, "decimals": metric.decimals}
            for metric in profile.metrics
        }
    rules = web.items("rules")
    for name, profile in PROFILES.items():
        for metric in profile.metrics:
            wanted = [
                rule["when"] for rule in rules if rule["scope"]["profiles"] == [name] and rule["metric"] == metric.name
            ]
            assert [(when["value"], when["clear"]) for when in wanted] == ([metric.alarm] if metric.alarm else [])

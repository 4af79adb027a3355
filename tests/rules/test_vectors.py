"""Every vector, played as it is written, and in ways that must make no difference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.vectors import Case, Player, cases, lines, rows

CASES = cases()
every_case = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


@every_case
def test_gives_exactly_these_events(case: Case) -> None:
    player = Player()
    player.begin(case)
    for step in case["steps"]:
        expected = step.get("out", [])
        assert lines(player.step(step), expected, case) == expected, step


def _whole(case: Case, player: Player, steps: list[dict[str, Any]]) -> tuple[list[Any], memoryview]:
    player.begin(case)
    said = [event for step in steps for event in player.step(step)]
    return [(event.type, event.id, event.data) for event in said], player.state.freeze().dump()


@every_case
def test_a_state_that_was_saved_goes_on_the_same(case: Case) -> None:
    assert _whole(case, Player(reload=True), case["steps"]) == _whole(case, Player(), case["steps"])


@every_case
def test_cuts_make_no_difference(case: Case) -> None:
    """Row by row, or all readings between two other events in one batch."""
    single: list[dict[str, Any]] = []
    joined: list[dict[str, Any]] = []
    for step in case["steps"]:
        if "read" not in step:
            single.append(step)
            joined.append(step)
            continue
        single += [{"read": part} for part in step["read"].split(", ")]
        if joined and "read" in joined[-1]:
            joined[-1] = {"read": f"{joined[-1]['read']}, {step['read']}"}
        else:
            joined.append({"read": step["read"]})
    assert _whole(case, Player(), single) == _whole(case, Player(), joined)


def test_there_are_enough() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) >= 60


def test_a_wrong_expectation_is_seen() -> None:
    player = Player()
    case = {"rules": {"hot": {"metric": "temp", "when": {"kind": "threshold", "op": ">", "value": 8}}}, "steps": []}
    player.begin(case)
    assert rows("pump/temp 10 9")[0].value == 9
    assert lines(player.step({"read": "pump/temp 10 9"}), [], case) == ["raised hot pump/temp@? v1 active 9 x1"]

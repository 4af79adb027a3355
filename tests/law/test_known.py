"""The shortest counter-examples that a search of the model found, one for each rule of the path: each must hold."""

from __future__ import annotations

import pytest

from tests.law.plays import Op, Run, Script, consistent, facts, inbox_of, readings_facts, same

R = "rows"
FAULTS: dict[str, tuple[Script, list[Op], dict[object, int]]] = {
    "prior": (
        [(R, [(0, 0, 0)])],
        [
            ("step", 0, 2),
            ("paused", 0, 0),
            ("zombie", 0, 3),
            ("step", 0, 1),
            ("save", 0, 0),
            ("move", 0, 0),
            ("zombie", 0, 2),
        ],
        {},
    ),
    "level": (
        [(R, [(1, 0, 0)]), (R, [(1, 0, 0)]), ("ack", 1), (R, [(1, 0, 50)])],
        [
            ("step", 0, 2),
            ("paused", 0, 0),
            ("zombie", 0, 0),
            ("step", 0, 3),
            ("save", 0, 0),
            ("move", 0, 0),
            ("zombie", 0, 0),
            ("step", 0, 4),
            ("step", 1, 2),
            ("save", 1, 0),
            ("move", 3, 0),
        ],
        {("validate", "due"): 1},
    ),
    "level again": (
        [(R, [(0, 0, 0)]), ("ack", 0), (R, [(0, -100, 0)])],
        [
            ("step", 0, 2),
            ("paused", 0, 0),
            ("zombie", 0, 0),
            ("step", 0, 1),
            ("save", 0, 0),
            ("move", 0, 0),
            ("zombie", 0, 0),
        ],
        {},
    ),
    "verdict": ([(R, [(0, 0, 50)])], [("step", 0, 6), ("crash", 0, 9)], {"validate": 3}),
    "bydue": ([(R, [(1, 0, 0)]), ("tick", 60), ("tick", 60)], [], {("alert", "due"): 1}),
    "closed": ([(R, [(1, 200, 0)]), ("tick", 1), (R, [(1, 200, 0)])], [], {}),
    "rollskip": (
        [("tick", 1), ("tick", 1), ("tick", 1), (R, [(1, 70, 0), (1, 0, 0)]), (R, [(1, 70, 0)])],
        [("step", 0, 5), ("paused", 0, 0)],
        {},
    ),
    "refuse": ([(R, [(0, 0, 13)])], [("step", 0, 2), ("crash", 0, 1)], {}),
    "fence": ([(R, [(0, 0, 0)]), (R, [(0, 1, 1)])], [("step", 0, 2), ("paused", 0, 0)], {}),
    "keep": ([(R, [(0, 0, 0)]), ("tick", 600)], [], {}),
    "epoch": (
        [(R, [(0, 0, 66)])],
        [
            ("step", 0, 5),
            ("paused", 0, 0),
            ("zombie", 0, 2),
            ("step", 0, 1),
            ("save", 0, 1),
            ("move", 0, 0),
            ("zombie", 0, 0),
        ],
        {},
    ),
    "pair": ([(R, [(0, 0, 0)]), (R, [(0, 0, 0)]), (R, [(0, 0, 50)]), ("ack", 0)], [("move", 0, 0)], {}),
}
CUTS: dict[str, Script] = {
    "byrow": [(R, [(0, 0, 0)]), (R, [(0, 0, 0)]), (R, [(0, 0, 50), (0, 0, 66)])],
    "content": [(R, [(0, 200, 0)]), (R, [(0, 200, 0)]), (R, [(0, 200, 50), (0, 70, 50), (0, 0, 0)])],
}
REDELIVERIES: dict[str, Script] = {
    "ticker": [(R, [(0, 0, 0)]), ("restart", 0)],
    "seen": [(R, [(0, 0, 0), (0, 0, 1)]), ("tick", 1), ("restart", 1)],
}


def faults(script: Script, ops: list[Op], fails: dict[object, int], real_score: bool = False) -> None:
    """Wherever the host stops, starts and repeats, and however the functions are spread: as an undisturbed run
    with the same verdicts."""
    inbox = inbox_of(script)
    got = Run(inbox, fails, real_score).play([*ops, ("save", 0, 0)])
    always: dict[object, int] = {key: n for key, n in fails.items() if isinstance(key, tuple)}
    want = Run(inbox, always, real_score, verdicts=got.world.verdicts.values()).play()
    consistent(got)
    same(facts(got), facts(want))


def cuts(script: Script, real_score: bool = False) -> None:
    """However the readings were cut into batches."""
    runs = [readings_facts(Run(inbox_of(script, cut), real_score=real_score).play()) for cut in (False, True)]
    same(*runs)


def redelivery(script: Script, real_score: bool = False) -> None:
    """A bridge crashes; its unacknowledged records come again under a new writer."""
    runs = [
        readings_facts(Run(inbox_of(script, redeliver=again), real_score=real_score).play()) for again in (False, True)
    ]
    same(*runs)


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name: str) -> None:
    faults(*FAULTS[name])


@pytest.mark.parametrize("name", CUTS)
def test_cuts(name: str) -> None:
    cuts(CUTS[name])


@pytest.mark.parametrize("name", REDELIVERIES)
def test_redelivery(name: str) -> None:
    redelivery(REDELIVERIES[name])


@pytest.mark.parametrize("fails", range(1, 8))
def test_a_verdict_outlives_a_crash(fails: int) -> None:
    """However often a row fails and wherever the owner dies: what it gave up stays given up."""
    for steps in range(2, 12):
        for lost in (0, 1, 9):
            faults([(R, [(0, 0, 50)])], [("step", 0, steps), ("crash", 0, lost)], {"validate": fails})

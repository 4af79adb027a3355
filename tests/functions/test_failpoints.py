"""Faults on purpose happen where and when they are told to, and nowhere else."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType

import pytest

from events import types
from events.checkpoint import Saved
from events.event import Event
from events.readings import Readings, Row
from functions import failpoints
from functions.failpoints import Failpoints, Poison


def event(*values: float) -> Event:
    rows = [Row("d", "t", n, n, value) for n, value in enumerate(values)]
    return Event(types.TELEMETRY_VALIDATED, Readings.of(rows), 1)


def test_a_value_is_poison_each_time_and_for_its_function_alone() -> None:
    points, seen = Failpoints("alert:poison@424242"), list[int]()

    def handle(event: Event) -> Sequence[Event]:
        seen.append(len(event.data))
        return []

    alert, score = points.handler("alert", handle), points.handler("score", handle)
    for _ in range(2):
        with pytest.raises(Poison, match="424242"):
            alert(event(1.0, 424242.0))
    score(event(424242.0))
    alert(event(1.0, 2.0))
    assert seen == [1, 2]


@dataclass
class Deaths:
    """Checkpoints that take down what happens, in order; the deaths are only noted."""

    happened: list[str] = field(default_factory=list)

    def save(self, shard: int, chain: dict[str, Saved]) -> None:
        self.happened.append("saved")

    def release(self, shard: int, functions: Sequence[str]) -> None:
        self.happened.append("released")


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deaths]:
    """A signal that a process survives, in the place of the one that kills it."""
    deaths = Deaths()

    def note(_number: int, _frame: FrameType | None) -> None:
        deaths.happened.append("died")

    before = signal.signal(signal.SIGUSR1, note)
    monkeypatch.setattr(failpoints, "SIGKILL", signal.SIGUSR1)
    yield deaths
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("point", "happens"),
    [
        ("save:die@2", ["saved", "died", "saved", "saved", "released"]),
        ("commit:die@2", ["saved", "saved", "died", "saved", "released"]),
        ("record:drop@2", ["saved", "saved", "saved", "released"]),
    ],
)
def test_a_process_dies_before_or_after_a_save(noted: Deaths, point: str, happens: list[str]) -> None:
    checkpoints = Failpoints(point).checkpoints(noted)  # type: ignore[arg-type]  # what a save needs of it
    for _ in range(3):
        checkpoints.save(0, {})
    checkpoints.release(0, [])
    assert noted.happened == happens

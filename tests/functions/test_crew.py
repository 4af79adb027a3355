"""The threads of a process: one that fails ends all, but what is away for a while is asked again."""

from __future__ import annotations

from threading import Semaphore

from events.handler import Retry
from functions.crew import Crew


def test_a_thread_that_fails_ends_the_process_and_says_why() -> None:
    crew = Crew()

    def work() -> None:
        raise ArithmeticError("thirteen")

    crew.start("counting", work)
    assert crew.stop.wait(10) and crew.failure == "counting: ArithmeticError: thirteen"
    crew.join()


def test_upkeep_goes_on_when_its_store_is_away_for_a_while() -> None:
    crew, turns = Crew(), Semaphore(0)

    def work() -> None:
        turns.release()
        raise Retry("the disk is full")

    crew.every("retention", 0.001, work)
    assert all(turns.acquire(timeout=10) for _ in range(3))
    assert not crew.stop.is_set() and crew.failure is None
    crew.stop.set()
    crew.join()

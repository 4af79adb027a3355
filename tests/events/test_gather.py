"""Groups are cut by time, count and size; nothing is lost between the threads."""

from __future__ import annotations

import threading
import time

import pytest

from events.gather import Cut, Gather

NEVER = 3600.0


def test_what_comes_after_a_pause_is_given_at_once() -> None:
    gather: Gather[int] = Gather(Cut(every=0.0))
    gather.put(1, 1)
    assert gather.take() == [1]


@pytest.mark.parametrize(("count", "size"), [(3, 1000), (1000, 30)])
def test_a_group_that_is_full_does_not_wait(count: int, size: int) -> None:
    gather: Gather[int] = Gather(Cut(NEVER, count, size))
    gather.put(0, 0)
    first = threading.Thread(target=gather.take)
    for i in range(3):
        gather.put(i, 10)
    first.start()
    first.join(5)
    assert not first.is_alive()


def test_what_comes_soon_after_a_group_waits_for_the_next() -> None:
    gather: Gather[int] = Gather(Cut(every=0.05))
    gather.put(1, 1)
    gather.take()
    began = time.monotonic()
    gather.put(2, 1)
    assert gather.take() == [2]
    assert time.monotonic() - began >= 0.04


def test_a_group_is_cut_before_it_is_too_large_but_never_empty() -> None:
    gather: Gather[int] = Gather(Cut(every=0.0, size=100))
    for item, size in enumerate([40, 60, 1, 5000, 1]):
        gather.put(item, size)
    assert [gather.take() for _ in range(4)] == [[0, 1], [2], [3], [4]]


def test_what_waits_is_given_after_closing_and_nothing_more_is_taken() -> None:
    gather: Gather[int] = Gather(Cut(NEVER))
    assert gather.put(1, 1)
    gather.close()
    assert not gather.put(2, 1)
    assert gather.take() == [1]
    assert gather.take() == []


def test_putting_waits_while_too_much_waits() -> None:
    gather: Gather[int] = Gather(Cut(every=0.0, size=10), full=20)
    putting = threading.Thread(target=lambda: [gather.put(i, 10) for i in range(100)])
    putting.start()
    taken: list[int] = []
    while len(taken) < 100:
        group = gather.take()
        assert len(group) <= 2
        taken += group
    putting.join(5)
    assert taken == list(range(100))


def test_closing_frees_who_waits_to_put() -> None:
    gather: Gather[int] = Gather(Cut(NEVER), full=1)
    gather.put(1, 1)
    putting = threading.Thread(target=gather.put, args=(2, 1))
    putting.start()
    gather.close()
    putting.join(5)
    assert not putting.is_alive()

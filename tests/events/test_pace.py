"""When to save: seldom where it takes long, but not because it took long once."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.local import LocalLog
from events.pace import Pace, Timed
from events.shard import Lane
from stores.open import Urls, open_stores


@pytest.fixture
def timed(tmp_path: Path) -> Timed:
    """A lane without functions that was saved at 100 s."""
    stores, log = open_stores(Urls.embedded(tmp_path)), LocalLog(tmp_path / "log", 1)
    try:
        lane = Lane([], frozenset(), 0, log, stores.checkpoints(), lambda shard: ())
        return Timed(lane, log.reader("test", []), flushed=100.0, saved=100.0, looked=100.0)
    finally:
        log.close()
        stores.close()


def next_save(timed: Timed) -> int:
    """Whole seconds after the last."""
    return next(after for after in range(1000) if timed.is_to_save(timed.saved + after, False, Pace()))


def test_a_save_that_waited_for_a_store_delays_no_other(timed: Timed) -> None:
    timed.learn(0.05)
    timed.learn(16.0)
    assert next_save(timed) == 2


def test_saves_that_take_long_become_seldom(timed: Timed) -> None:
    waits = []
    for _ in range(8):
        timed.learn(3.0)
        waits.append(next_save(timed))
    assert waits == sorted(waits)
    assert waits[-1] == 30


def test_saves_that_are_quick_again_become_frequent_at_once(timed: Timed) -> None:
    for _ in range(8):
        timed.learn(3.0)
    timed.learn(0.05)
    assert next_save(timed) == 2

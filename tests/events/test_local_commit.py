"""What is forced to the disk, and when a flush returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event as Flag
from threading import Semaphore

import pytest

from events.event import Event
from events.local_commit import Commits, Said
from events.local_file import Kept
from events.log import Place


class Disk:
    """Writes only when it is let; remembers each transaction: topics, and whether it was forced."""

    path = Path("disk")

    def __init__(self) -> None:
        self.let, self.written = Semaphore(0), Flag()
        self.transactions: list[tuple[list[str], bool]] = []

    def write(self, records: Sequence[Kept], positions: Said, force: bool) -> None:
        self.let.acquire()
        self.transactions.append(([record.place[0] for record in records], force))

    def trim(self, place: Place, before: int) -> None:
        raise AssertionError("nobody asked for it")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def commits(disk: Disk) -> Iterator[Commits]:
    made = Commits(disk, lambda _records: disk.written.set())
    yield made
    disk.let.release(10)
    made.close()


def put(commits: Commits, *topics: str) -> None:
    with commits.held:
        commits.put([Kept((topic, 0), 0, 0, b"", b"", Event("a.type", None, 0)) for topic in topics])


def test_what_came_in_is_forced_and_what_is_made_of_it_is_not(disk: Disk, commits: Commits) -> None:
    disk.let.release(2)
    for topic in ("inbox", "telemetry"):
        disk.written.clear()
        put(commits, topic)
        assert disk.written.wait(10)
    assert disk.transactions == [(["inbox"], True), (["telemetry"], False)]


def test_a_flush_forces_what_was_only_written(disk: Disk, commits: Commits) -> None:
    disk.let.release(2)
    put(commits, "telemetry", "alert")
    assert disk.written.wait(10)
    commits.flush()
    assert disk.transactions == [(["telemetry", "alert"], False), ([], True)]
    commits.flush()
    assert len(disk.transactions) == 2


def test_a_close_forces_what_was_only_written(disk: Disk, commits: Commits) -> None:
    disk.let.release(2)
    put(commits, "telemetry")
    assert disk.written.wait(10)
    commits.close()
    assert disk.transactions[-1] == ([], True)

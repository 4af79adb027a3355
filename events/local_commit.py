"""Group commit: one thread that writes whatever is pending in one transaction after another. Used by local.py alone.

What came in, and whatever somebody waits for in `flush`, is forced to the disk before anyone reads it. What a function
made of it is only written: it outlives the process, and after a failure of the power it is made again, the same, for a
position is saved behind a flush alone. The file keeps the order, so that nothing outlives what it was made of. This
halves the forced writes, which are most of what a commit costs, and an alert waits for one instead of three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Condition, RLock, Thread
from typing import Protocol

from events.local_file import Kept
from events.log import Broken, Place
from events.types import INBOX, TELEMETRY

PENDING_BYTES = 64 << 20
"""Who appends waits while more than this is not yet written."""

TRIMMED_AT_ONCE = 500
"""Records are removed in steps of so many, between two transactions: nobody who appends waits long for a trim."""

PATIENT, LINGER = frozenset({TELEMETRY}), 0.05
"""Who reads these topics gathers many records or shows them at the pace of an eye: they wait up to so many seconds for
the next commit of something else, instead of having one each."""

Said = dict[tuple[str, Place], int]


class Writes(Protocol):
    """What is needed of local_file.File."""

    path: Path

    def write(self, records: Sequence[Kept], positions: Said, force: bool) -> None: ...

    def trim(self, place: Place, before: int) -> None: ...


class Commits:
    """`held` guards all that is here and in the log that owns this. Only those are woken who have something to do: a
    woken thread takes the interpreter from one that works."""

    def __init__(self, file: Writes, committed: Callable[[Sequence[Kept]], None]) -> None:
        self.held = RLock()
        self._work, self._written = Condition(self.held), Condition(self.held)
        self._readers: dict[Condition, Callable[[], bool]] = {}
        self._file, self._committed = file, committed
        self._records: list[Kept] = []
        self._said: Said = {}
        self._trims: dict[Place, tuple[int, int]] = {}
        self._bytes = self._put = self._done = self._forced = self._wanted = 0
        self._closing = self._hurried = False
        self._failure: Broken | None = None
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def room(self) -> None:
        """Waits until there is room for more. Locked: `held`, as for `put`, `say` and `trim`."""
        self._written.wait_for(lambda: self._bytes < PENDING_BYTES or self._failure)
        self._check()

    def put(self, records: Sequence[Kept]) -> None:
        """Takes over records to write."""
        self._hurried |= any(record.place[0] not in PATIENT for record in records)
        if self._hurried or not self._records:
            self._work.notify()
        self._records += records
        self._put += len(records)
        self._bytes += sum(record.size for record in records)

    def say(self, positions: Mapping[tuple[str, Place], int]) -> None:
        """Takes over positions, to be written with the next transaction."""
        self._said |= positions
        self._work.notify()

    def trim(self, place: Place, begin: int, before: int) -> None:
        """Removes the records of a place from `begin` to below `before`, bit by bit."""
        self._trims[place] = (self._trims.get(place, (begin, 0))[0], before)
        self._work.notify()

    def flush(self) -> None:
        """Returns when all that was put before is on the disk. Broken if it cannot be."""
        with self.held:
            until = self._put
            if self._forced < until:
                self._wanted = max(self._wanted, until)
                self._work.notify()
            self._written.wait_for(lambda: self._forced >= until or self._failure)
            self._check()

    def wait(self, timeout: float, ready: Callable[[], bool]) -> None:
        """Waits until `ready` says so, or the time is over. Broken if nothing more will ever be written."""
        with self.held:
            if not (ready() or self._failure or self._closing):
                mine = Condition(self.held)
                self._readers[mine] = ready
                mine.wait(timeout)
                del self._readers[mine]
            self._check()

    def close(self) -> None:
        """Writes what is pending and ends the thread."""
        with self.held:
            self._closing, self._wanted = True, self._put
            self._rouse()
        self._thread.join()
        self._failure = self._failure or Broken(f"{self._file.path} was closed")

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except Exception as error:  # whatever it is, nothing can be promised from here on
            with self.held:
                self._failure = Broken(f"{self._file.path} cannot be written ({error}): free the disk and start again")
                self._rouse()

    def _step(self) -> bool:
        with self.held:
            self._work.wait_for(lambda: self._has_work() or self._closing)
            self._work.wait_for(lambda: self._hurried or self._wanted > self._forced or self._closing, LINGER)
            if not self._has_work():
                return False
            records, said, self._records, self._said = self._records, self._said, [], {}
            self._hurried = False
            force = self._wanted > self._forced or any(record.place[0] == INBOX for record in records)
        if records or said or force:
            self._file.write(records, said, force)
        with self.held:
            self._done += len(records)
            self._forced = self._done if force else self._forced
            self._bytes -= sum(record.size for record in records)
            self._committed(records)
            self._written.notify_all()
            for waiting in [waiting for waiting, ready in self._readers.items() if ready()]:
                waiting.notify()
        self._trim_some()
        return True

    def _has_work(self) -> bool:
        return bool(self._records or self._said or self._trims) or self._wanted > self._forced

    def _rouse(self) -> None:
        """Everyone looks again."""
        for waiting in (self._work, self._written, *self._readers):
            waiting.notify_all()

    def _trim_some(self) -> None:
        with self.held:
            place, (begin, before) = next(iter(self._trims.items()), (("", 0), (0, 0)))
            step = min(begin + TRIMMED_AT_ONCE, before)
            if step == before:
                self._trims.pop(place, None)
            else:
                self._trims[place] = (step, before)
        if step > begin:
            self._file.trim(place, step)

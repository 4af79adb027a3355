"""The loop over the shards of the log for one chain of functions. Used by functions/app.py: one thread a chain.

Reads what its lanes (shard.py) take from the log, hands it over, flushes every `flush_every` and on becoming idle,
saves every `save_every` or ten times as long as the last save took, in a thread of its own, and commits what is saved
for lag tools.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent import futures
from contextlib import suppress
from functools import partial
from threading import Event as Flag

from events.chains import read_topics
from events.checkpoint import Checkpoints, Fenced
from events.handler import Function, Retry
from events.log import Log, OutOfRange, Record
from events.pace import PACE, Pace, Timed
from events.shard import Documents, Lane
from events.state import UnknownLayout


class Stream:
    """One chain of functions over all shards that its reader has. `run` is its thread; any may read `trouble`."""

    def __init__(
        self, group: str, functions: Sequence[Function], memory: frozenset[str], log: Log, checkpoints: Checkpoints,
        documents: Documents, pace: Pace = PACE,
    ) -> None:  # fmt: skip
        self.group, self.functions, self._pace = group, functions, pace
        self._make: Callable[[int], Lane] = lambda shard: Lane(functions, memory, shard, log, checkpoints, documents)
        self._reader = log.reader(group, read_topics(functions, memory))
        self._lanes: dict[int, Timed] = {}
        self._refused: dict[int, tuple[float, str]] = {}
        self._saver = futures.ThreadPoolExecutor(1, f"save-{group}")
        self.stopped: str | None = None

    @property
    def trouble(self) -> dict[int, str]:
        """shard → what is wrong there, in a line."""
        lanes = {shard: timed.unsaved or timed.lane.trouble for shard, timed in list(self._lanes.items())}
        refused = {shard: why for shard, (_, why) in list(self._refused.items())}
        return {shard: why for shard, why in lanes.items() if why} | refused

    def run(self, stop: Flag) -> None:
        """Until `stop`; flushes and saves at the end. An error of the log ends it: the process should end too."""
        try:
            while not stop.is_set():
                self.step(self._pace.idle)
                if self._pace.gather:
                    stop.wait(self._pace.gather)
            for shard in list(self._lanes):
                self._finish(shard)
        except Exception as error:
            self.stopped = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._saver.shutdown()
            self._reader.close()

    def step(self, timeout: float) -> bool:
        """One poll and what follows of it; whether anything came."""
        self._assign()
        records = self._poll(timeout)
        for record in records:
            timed = self._lanes.get(record.shard)
            if timed is not None and not timed.not_before:
                self._guarded(record.shard, partial(self._give, timed, record))
        for shard, timed in list(self._lanes.items()):
            self._guarded(shard, partial(self._after, timed, not records))
        return bool(records)

    def _poll(self, timeout: float) -> Sequence[Record]:
        try:
            return self._reader.poll(timeout)
        except OutOfRange as error:
            if error.place is None or error.place[1] not in self._lanes:
                raise
            self._drop(error.place[1], error)
            return ()

    def _give(self, timed: Timed, record: Record) -> None:
        timed.lane.give(record)
        if timed.lane.urgent:
            self._settle(timed)
            self._after(timed, idle=False)

    def _assign(self) -> None:
        mine = self._reader.shards()
        for shard in set(self._lanes) - mine:
            self._let_go(shard)
        for shard in set(self._refused) - mine:
            del self._refused[shard]
        now = time.monotonic()
        for shard in sorted(mine - set(self._lanes)):
            if self._refused.get(shard, (0.0, ""))[0] <= now:
                self._guarded(shard, partial(self._take, shard, now))

    def _take(self, shard: int, now: float) -> None:
        try:
            lane = self._make(shard)
        except Retry as error:
            self._refused[shard] = (now + error.after, str(error))
            return
        self._refused.pop(shard, None)
        timed = self._lanes[shard] = Timed(lane, self._reader, now, now, now)
        self._seek(timed)
        self._reader.commit(lane.positions())

    def _seek(self, timed: Timed) -> None:
        for topic, offset in timed.lane.next.items():
            self._reader.seek((topic, timed.lane.shard), offset)

    def _guarded(self, shard: int, act: Callable[[], None]) -> None:
        try:
            act()
        except (Fenced, OutOfRange, UnknownLayout) as error:
            self._drop(shard, error)

    def _drop(self, shard: int, error: Exception) -> None:
        """Fenced: the shard is another's now. OutOfRange or a state that cannot be read: this shard stops, with one
        line."""
        self._let_go(shard)
        self._reader.pause(shard)
        what, wait = ("was taken by another", 5.0) if isinstance(error, Fenced) else ("is stopped", float("inf"))
        self._refused[shard] = (time.monotonic() + wait, f"shard {shard} {what}: {error}")

    def _let_go(self, shard: int) -> None:
        """Drops a lane and what is buffered for it. A save under way ends first: it may not meet the epoch of a lane
        that takes the shard again."""
        timed = self._lanes.pop(shard, None)
        if timed is not None:
            futures.wait([timed.saving] if timed.saving is not None else [])
            for buffer in timed.lane.buffers:
                buffer.discard(shard)

    def _after(self, timed: Timed, idle: bool) -> None:
        lane, now = timed.lane, time.monotonic()
        timed.look(now)
        if lane.after and not timed.not_before:
            timed.not_before = now + lane.after
            self._reader.pause(lane.shard)
        if timed.not_before:
            if now >= timed.not_before:
                self._again(timed)
            return
        if timed.saving is not None and timed.saving.done():
            self._settle(timed)
        if timed.is_to_flush(now, idle, self._pace) and lane.flush():
            timed.flushed = now
            if timed.is_to_save(now, idle, self._pace):
                self._save(timed, now)

    def _again(self, timed: Timed) -> None:
        self._settle(timed)
        timed.not_before = timed.lane.after = 0.0
        timed.lane.load()
        self._seek(timed)

    def _save(self, timed: Timed, now: float) -> None:
        lane = timed.lane
        if not lane.settled():
            timed.unsaved = None  # the position stays where it is for as long as something is held: nothing is amiss
            return
        frozen, timed.saved = lane.freeze(), now
        timed.saving = self._saver.submit(lambda: lane.saved({name: dump() for name, dump in frozen.items()}))

    def _settle(self, timed: Timed) -> None:
        """Waits for a save under way; Retry: the next one tries again."""
        saving, timed.saving = timed.saving, None
        if saving is None:
            return
        try:
            saving.result()
        except Retry as error:
            timed.unsaved, timed.lane.dirty = str(error), True
            return
        timed.unsaved = None
        timed.learn(time.monotonic() - timed.saved)
        self._reader.commit(timed.lane.positions())

    def _finish(self, shard: int) -> None:
        timed = self._lanes[shard]

        def finish() -> None:
            self._settle(timed)
            if not timed.not_before and timed.look(time.monotonic()) and timed.lane.flush():
                self._save(timed, time.monotonic())
                self._settle(timed)
                with suppress(Retry):
                    timed.lane.release()

        self._guarded(shard, finish)

"""One shard in memory, and pods over it that can be stopped, paused, left behind and regrouped at any step.

What outlives a pod (logs, checkpoints, stores) is the World; a Pod runs the platform's own lanes (events/shard.py)
over it. A pod's log buffers what it appends until it flushes, so that a crash can lose any part of it, as a
producer's buffer is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from events import types
from events.chains import chains
from events.checkpoint import Fenced, Saved, Verdict
from events.event import Event
from events.handler import Function
from events.log import Reader, Record
from events.rooted import rooted
from events.shard import Lane

SHARD = 0


class World:
    """Logs by topic, what is saved, verdicts, epochs; and the functions, bound to stores that outlive pods."""

    def __init__(self, inbox: Sequence[Event], functions: Sequence[Function]) -> None:
        self.functions = list(functions)
        self.logs: dict[str, list[Event]] = defaultdict(list)
        self.logs[types.INBOX] = list(inbox)
        self.saved: dict[str, Saved] = {function.name: Saved() for function in functions}
        self.verdicts: dict[tuple[str, str, str], Verdict] = {}
        self.epochs = dict.fromkeys(self.saved, 0)


class PodLog:
    """The log as one pod sees it: what it appends is pending until flushed."""

    shards = 1

    def __init__(self, world: World) -> None:
        self.world, self.pending = world, list[tuple[str, Event]]()

    def append(self, topic: str, shard: int, events: Iterable[Event]) -> None:
        self.pending += [(topic, event) for event in events]

    def flush(self) -> None:
        self.flush_some(None, 0)

    def flush_some(self, n: int | None, which: int) -> None:
        """All, or the first n: of all topics (0), of telemetry alone (1), of the others alone (2)."""
        out = [p for p in self.pending if which == 0 or (p[0] == types.TELEMETRY) == (which == 1)][:n]
        for topic, event in out:
            self.world.logs[topic].append(event)
        self.pending = [p for p in self.pending if not any(p is o for o in out)]

    def reader(self, group: str, topics: Sequence[str], shards: Iterable[int] | None = None) -> Reader:
        raise NotImplementedError("pods are driven step by step here")

    def read(self, topic: str, shard: int, offset: int, limit: int) -> list[Record]:
        log = self.world.logs[topic]
        return [Record(topic, shard, at, log[at]) for at in range(offset, min(len(log), offset + limit))]

    def begin(self, topic: str, shard: int) -> int:
        return 0

    def end(self, topic: str, shard: int) -> int:
        return len(self.world.logs[topic])

    def close(self) -> None:
        """Nothing is held open."""


class PodCheckpoints:
    """The checkpoints as one pod sees them: it knows the epochs it took."""

    def __init__(self, world: World) -> None:
        self.world, self.epochs = world, dict[str, int]()

    def take(self, shard: int, functions: Sequence[str]) -> Mapping[str, Saved]:
        for name in functions:
            self.world.epochs[name] += 1
            self.epochs[name] = self.world.epochs[name]
        return {name: self.world.saved[name] for name in functions}

    def was_free(self, shard: int, functions: Sequence[str]) -> bool:
        return True

    def release(self, shard: int, functions: Sequence[str]) -> None:
        self._mine(functions)

    def save(self, shard: int, chain: Mapping[str, Saved]) -> None:
        self._mine(chain)
        self.world.saved.update(chain)

    def give_up(self, shard: int, verdict: Verdict) -> None:
        self._mine([verdict.function])
        self.world.verdicts[verdict.function, verdict.source, verdict.sequence] = verdict

    def verdicts(self, shard: int, functions: Sequence[str]) -> list[Verdict]:
        return [verdict for verdict in self.world.verdicts.values() if verdict.function in functions]

    def _mine(self, functions: Iterable[str]) -> None:
        for name in functions:
            if self.epochs[name] != self.world.epochs[name]:
                raise Fenced(name)


class Pod:
    """An owner of the shard for some functions: a lane for each chain of them."""

    def __init__(self, world: World, names: Iterable[str], documents: Callable[[int], Iterable[Event]]) -> None:
        self.world, self.names = world, set(names)
        self.log, self.checkpoints = PodLog(world), PodCheckpoints(world)
        mine = [function for function in world.functions if function.name in self.names]
        self.lanes = [
            Lane(group, memory, SHARD, self.log, self.checkpoints, documents)
            for group, memory in chains(mine, world.functions)
        ]
        self.fenced = False

    def places(self) -> list[tuple[Lane, str]]:
        """What could be taken now: lane and topic, those that wait to be loaded again among them."""
        ready = [
            (lane, topic) for lane in self.lanes for topic in lane.chain.read_topics()
            if lane.after or lane.next.get(topic, 0) < self.log.end(topic, SHARD)
        ]  # fmt: skip
        return [] if self.fenced else sorted(ready, key=lambda place: place[1])

    def step(self, pick: int) -> bool:
        """One record of one topic, or a reload that was due; whether there was anything to do."""
        places = self.places()
        if not places:
            return False
        lane, topic = places[pick % len(places)]
        with self._owned():
            if lane.after:
                lane.after = 0.0
                lane.load()
            elif lane.chain.urgent:
                self._save(lane)
            else:
                at = lane.next[topic]
                lane.give(Record(topic, SHARD, at, self.world.logs[topic][at]))
        return True

    def save(self, lanes: int | None = None) -> None:
        """Flushes and saves (the first so many lanes)."""
        for lane in self.lanes[:lanes]:
            with self._owned():
                self._save(lane)

    def _save(self, lane: Lane) -> None:
        if not lane.after and not self.fenced and lane.flush() and lane.settled():
            frozen = lane.freeze()
            lane.saved({name: dump() for name, dump in frozen.items()})

    def flush_stores(self) -> None:
        """What an owner does just before it dies: the stores are written, nothing else is."""
        for lane in self.lanes:
            for buffer in lane.buffers:
                buffer.flush(SHARD)

    def drop(self) -> None:
        """Its buffers die with it."""
        for lane in self.lanes:
            for buffer in lane.buffers:
                buffer.discard(SHARD)

    def _owned(self) -> Any:
        return _Owned(self)


class _Owned:
    """Fenced: the shard is another's; the pod drops it."""

    def __init__(self, pod: Pod) -> None:
        self.pod = pod

    def __enter__(self) -> None:
        """Nothing to take."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        if kind is not None and issubclass(kind, Fenced):
            self.pod.fenced = True
            return True
        return False


def root(events: Sequence[Event]) -> Iterator[Event]:
    """Inbox records as functions see them."""
    return (rooted(Record(types.INBOX, SHARD, at, event)) for at, event in enumerate(events))


def without_place(event: Event) -> Event:
    """An event without what names the host's run, for comparing runs of differently cut batches."""
    return replace(event, source="", sequence="", prior="")

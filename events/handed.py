"""Where the topics that a chain hands over in memory stand in the log: a function that moves to another pod goes on
from there. Used by shard.py.

It is asked in the thread that saves: on Kafka each answer takes a trip, and no alert should wait for it. Meanwhile the
chain goes on, and what it gives then is not in the copy that is saved; so an answer counts only for a topic that was
given nothing since the copy, and otherwise from the next save on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from events.checkpoint import Saved
from events.event import Event
from events.handler import Function
from events.log import Log


class Handed:
    """Of one chain on one shard, from one load to the next. `append` and `copied` are called by the chain's thread,
    `note` by the one that saves, between two copies."""

    def __init__(self, log: Log, shard: int, memory: frozenset[str]) -> None:
        self._log, self._shard, self._memory = log, shard, memory
        self._given: Counter[str] = Counter()
        self._at_copy: Counter[str] | None = None
        self._ends: dict[str, int] = {}

    def append(self, topic: str, event: Event) -> None:
        """Counted first: an answer that holds the event must not pass for one from before it."""
        self._given[topic] += 1
        self._log.append(topic, self._shard, [event])

    def copied(self) -> None:
        """The chain is copied as it is now."""
        self._at_copy = Counter(self._given)

    def note(self, functions: Iterable[Function], chain: Mapping[str, Saved]) -> None:
        """Puts the places into what is saved of a copy, once all that it has given is in the log."""
        if self._at_copy is None:
            return
        taken = {function.name: set(function.takes) & self._memory for function in functions}
        before, self._ends = self._ends, {t: self._log.end(t, self._shard) for t in set().union(*taken.values())}
        same = {topic for topic in self._ends if self._given[topic] == self._at_copy[topic]}
        known = before | {topic: self._ends[topic] for topic in same}
        for name, topics in taken.items():
            offsets = chain[name].offsets
            offsets |= {t: max(known[t], offsets.get(t, 0)) for t in topics if t in known}

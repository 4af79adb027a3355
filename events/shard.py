"""One chain on one shard: loaded from its checkpoint, given records, flushed and saved. Used by stream.py; it has no
clock and no thread of its own, so tests drive it step by step.

The order: handle → produce at once → flush the stores → freeze → flush the log → save → commit. The log is flushed in
the thread that saves: to force a disk takes long now and then, and no alert should wait for it. What fails is thrown
away with the chain's state and buffers; the chain is loaded again from what was saved last and goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from events import poison
from events.catch_up import catch_up
from events.checkpoint import Checkpoints, Saved, Verdict
from events.deliver import TRIMMED, Chain, Failed, Member, Name
from events.event import Event
from events.handed import Handed
from events.handler import Function, Holding, Overwriting, Refusal, Retry
from events.log import Log, OutOfRange, Record
from events.rooted import rooted

Documents = Callable[[int], Iterable[Event]]
"""The definitions as they are, as `definition.changed` events for a shard: what a new state begins with."""

REFUSED = 5.0
"""Seconds between two attempts at what a store refuses, at most."""


class Lane:
    """A chain of functions on one shard, owned. Fenced leaves every method when another has taken the shard.

    next: by topic, the offset of the record it takes next; anything else is from before a reload and passed over.
    waits: whether what an older owner began may still land in a store that this one overwrites.
    after: seconds to wait before the next record (0: none); trouble: why, in a line, None if all is well.
    """

    def __init__(
        self, functions: Sequence[Function], memory: frozenset[str], shard: int, log: Log, checkpoints: Checkpoints,
        documents: Documents,
    ) -> None:  # fmt: skip
        self.functions, self.memory, self.shard = functions, memory, shard
        self._log, self._checkpoints, self._documents = log, checkpoints, documents
        self.buffers = [buffer for function in functions for buffer in function.buffers]
        self._holding = [buffer for buffer in self.buffers if isinstance(buffer, Holding)]
        self.failures: Counter[Name] = Counter()
        self.refusals = 0
        self.verdicts: dict[Name, Verdict] = {}
        self.after = 0.0
        self.trouble: str | None = None
        self.gaps = 0
        self.dirty = False
        names = [function.name for function in functions]
        self.last = checkpoints.take(shard, names)
        self.overwrites = any(isinstance(buffer, Overwriting) for buffer in self.buffers)
        self.waits = self.overwrites and not checkpoints.was_free(shard, names)
        for verdict in checkpoints.verdicts(shard, names):
            self.verdicts[verdict.function, verdict.source, verdict.sequence] = verdict
        self.load()

    def load(self) -> None:
        """Begins again from what was saved last. What goes wrong on the way is told by `after` and `trouble`."""
        for buffer in self.buffers:
            buffer.discard(self.shard)
        members = [Member.of(function, self.last[function.name]) for function in self.functions]
        self._handed = Handed(self._log, self.shard, self.memory)
        self.chain = Chain(members, self.memory, self._handed.append)
        self.chain.verdicts, self.chain.suspects = self.verdicts, self.failures
        self.next: dict[str, int] = {}
        self.dirty = False
        try:
            if any(self.last[member.name].state is None for member in members):
                self._begin(members)
            catch_up(self.chain, self._log, self.shard)
        except (Failed, Retry) as error:
            self._failed(error)
            return
        for topic in self.chain.read_topics():
            places = [member.offsets.get(topic) for member in self.chain.takers(topic)]
            known = [place for place in places if place is not None]
            begin, end = self._log.begin(topic, self.shard), self._log.end(topic, self.shard)
            self.next[topic] = min(known) if len(known) == len(places) else begin
            if not begin <= self.next[topic] <= end:
                raise OutOfRange(
                    f"{topic} holds offsets {begin} to below {end}, and {self.next[topic]} is to be read next: the log "
                    "and what was saved of it do not belong together; restore both, or start with both anew"
                )

    def _begin(self, members: Sequence[Member]) -> None:
        """A new state begins with the definitions as they are, saved before its first record."""
        for member in members:
            if self.last[member.name].state is None:
                self._learn(member)
                for topic in member.function.takes:
                    if begin := self._log.begin(topic, self.shard):
                        member.applied.setdefault(topic, {})[TRIMMED] = str(begin)
        self.saved({member.name: member.saved() for member in members})

    def _learn(self, member: Member) -> None:
        """What the function makes of the definitions is thrown away: nothing has changed."""
        try:
            for event in self._documents(self.shard):
                list(member.handle(event))
        except Retry:
            raise
        except Exception as error:
            raise Retry(f"{member.name} failed at the definitions it begins with: {error!r}") from error

    def give(self, record: Record) -> None:
        """One record; sets `after` if it could not be taken now (the caller then loads again)."""
        if self.after or record.offset != self.next.get(record.topic):
            return
        try:
            self.chain.give(record.topic, rooted(record))
        except (Failed, Retry) as error:
            self._failed(error)
            return
        self.trouble = None
        self.dirty = True
        self.chain.urgent |= any(buffer.due(self.shard) for buffer in self._holding)
        self.next[record.topic] = record.offset + 1
        for member in self.chain.takers(record.topic):
            member.offsets[record.topic] = max(record.offset + 1, member.offsets.get(record.topic, 0))

    def _failed(self, error: Failed | Retry) -> None:
        self.trouble = str(error)
        self.gaps += self.chain.gaps
        if isinstance(error, Retry):
            self.after = error.after
            return
        self.failures[error.name] += 1
        self.after = 0.001 if error.before is None else min(60.0, 0.1 * 2 ** self.failures[error.name])
        if error.before is not None:
            self._judge(error, error.before)

    def _judge(self, error: Failed, before: bytes) -> None:
        name = error.name
        member = next(member for member in self.chain.members if member.name == name[0])
        blank = Verdict(*name, error=str(error.__cause__), attempts=self.failures[name])
        known = self.verdicts.get(name)
        event = error.event
        try:
            verdict = poison.judge(member, before, event, blank)
            if verdict is not None and verdict != known:
                self._checkpoints.give_up(self.shard, verdict)
                self.verdicts[name] = verdict
                self.after = 0.001
        except Retry as retry:
            self.after = retry.after

    def flush(self) -> bool:
        """Makes all that was given to stores durable; False if a store is away (`after` and `trouble` say so)."""
        try:
            for buffer in self.buffers:
                buffer.flush(self.shard)
        except (Refusal, Retry) as error:
            self.refusals += isinstance(error, Refusal)
            again = error if isinstance(error, Retry) else Retry(str(error), min(REFUSED, 0.5 * 2**self.refusals))
            self._failed(again)
            return False
        self.refusals = 0
        return True

    @property
    def urgent(self) -> bool:
        """Whether to flush and save before the next record: something was given up, or an open file was closed."""
        return self.chain.urgent and (self.settled() or any(buffer.due(self.shard) for buffer in self._holding))

    def settled(self) -> bool:
        """Whether the position may move: nothing is held back by an open file."""
        return all(buffer.settled(self.shard) for buffer in self._holding)

    def freeze(self) -> Mapping[str, Callable[[], Saved]]:
        """A copy of all members right after a flush; each is dumped when called."""
        self._handed.copied()
        self.dirty = self.chain.urgent = False
        return {member.name: member.frozen() for member in self.chain.members}

    def saved(self, chain: Mapping[str, Saved]) -> None:
        """Saves what was frozen and dumped, behind all that was produced before; from now on a reload begins there."""
        self._log.flush()
        self._handed.note(self.functions, chain)
        self._checkpoints.save(self.shard, chain)
        self.last = chain

    def release(self) -> None:
        """Says that nothing of this owner is under way."""
        self._checkpoints.release(self.shard, [*self.last])

    def positions(self) -> dict[tuple[str, int], int]:
        """What is saved, for lag tools."""
        topics = self.chain.read_topics()
        offsets = [saved.offsets for saved in self.last.values()]
        return {
            (topic, self.shard): min(held[topic] for held in offsets if topic in held)
            for topic in topics
            if any(topic in held for held in offsets)
        }

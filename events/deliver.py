"""One event through a chain of functions on one shard, handed over in memory. Used by shard.py, and by tests without
any host.

The order (DESIGN §5): the outputs of an event are collected before the first is produced; then each goes to all its
takers in memory, in manifest order, before its next sibling. What a function gives is named by where it comes from:
its parent's source plus its name, its parent's sequence plus an index. An event at or below what was applied of its
source is a repeat and dropped; one whose prior was not applied is left, for what is missing comes again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from events import codec, types
from events.checkpoint import Applied, Saved, Verdict
from events.clock import NEVER
from events.event import Event, child_sequence, content_id
from events.handler import Function, Handle, Retry
from events.payloads import PAYLOAD_KEPT, DeadLetter
from events.readings import Readings
from events.state import Layout, State

Produce = Callable[[str, Event], None]
"""Appends an event to a topic of the chain's shard."""

Name = tuple[str, str, str]
"""function, source, sequence: one event at one function."""

TRIMMED = ""
"""Stands among the sources that a function has applied of a topic whose beginning was gone when the function was new:
the first event of a source names one before it that nobody will give again."""


class Failed(Exception):
    """A function failed at an event for a reason that is not Retry. before: the dump of the state that the event
    met, if it had failed before."""

    def __init__(self, name: Name, event: Event, before: bytes | None, cause: Exception) -> None:
        super().__init__(f"{name[0]} failed at {event.type} {name[1]} {name[2]}: {type(cause).__name__}: {cause}")
        self.name, self.event, self.before = name, event, before


@dataclass
class Member:
    """One function of a chain on one shard, with its state and its place in the log."""

    function: Function
    state: State
    handle: Handle
    applied: Applied = field(default_factory=dict)
    given: Applied = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, function: Function, saved: Saved) -> Member:
        """From what was saved of it."""
        state = State(function.layout or Layout(0))
        if saved.state is not None:
            state.thaw(saved.state)
        return cls(function, state, function.bind(state), _copy(saved.applied), _copy(saved.given), dict(saved.offsets))

    def saved(self) -> Saved:
        """A copy for the save; the state is dumped."""
        return self.frozen()()

    def frozen(self) -> Callable[[], Saved]:
        """A copy at this moment; called later, in any thread, it dumps the state."""
        state, applied, given, offsets = self.state.freeze(), _copy(self.applied), _copy(self.given), dict(self.offsets)
        return lambda: Saved(state.dump(), applied, given, offsets)

    @property
    def name(self) -> str:
        return self.function.name

    def knows(self, topic: str, source: str) -> str:
        """The highest sequence applied."""
        return self.applied.get(topic, {}).get(source, "")


class Chain:
    """The functions of a pod that hand over to each other in memory, on one shard, in manifest order.

    memory: topics all of whose givers are here. verdicts: what is given up of which event. suspects: events that
    failed before. gaps: events left because what came before them is missing. urgent: a verdict was applied, save
    soon.
    """

    def __init__(self, members: Sequence[Member], memory: frozenset[str], produce: Produce) -> None:
        self.members, self.memory = list(members), memory
        self._produce = produce
        self.verdicts: dict[Name, Verdict] = {}
        self.suspects: Collection[Name] = ()
        self.urgent = False
        self.gaps = 0

    def takers(self, topic: str) -> list[Member]:
        return [member for member in self.members if topic in member.function.takes]

    def read_topics(self) -> list[str]:
        """Topics that come from the log, in order of the manifest."""
        taken = (topic for member in self.members for topic in member.function.takes)
        return [topic for topic in dict.fromkeys(taken) if topic not in self.memory]

    def give(self, topic: str, event: Event) -> None:
        """Hands an event to all its takers here, and what they make of it onwards."""
        made = [output for member in self.takers(topic) for output in self.apply(member, topic, event)]
        self.produce(made)
        for to, output in made:
            if to in self.memory:
                self.give(to, output)

    def produce(self, outputs: Iterable[tuple[str, Event]]) -> None:
        for topic, event in outputs:
            self._produce(topic, event)

    def apply(self, member: Member, topic: str, event: Event) -> list[tuple[str, Event]]:
        """One event at one function: its outputs with their places, or nothing for a repeat. Failed, or Retry."""
        known = member.knows(topic, event.source)
        if event.sequence <= known:
            return []
        if event.prior > known and (known or not member.knows(topic, TRIMMED)):
            self.gaps += 1
            return []
        name = (member.name, event.source, event.sequence)
        verdict = self.verdicts.get(name)
        before = bytes(member.state.freeze().dump()) if name in self.suspects else None
        try:
            outputs = run(member.handle, member.state, event, verdict)
        except Retry:
            raise
        except Exception as error:
            raise Failed(name, event, before, error) from error
        if verdict is not None:
            outputs.insert(0, dead_letter(event, verdict))
            self.urgent = True
        member.applied.setdefault(topic, {})[event.source] = event.sequence
        return stamp(member, event, outputs)


def run(handle: Handle, state: State, event: Event, verdict: Verdict | None) -> list[Event]:
    """What a function gives for an event, without what the verdict names."""
    if verdict is None:
        return _given(handle, event)
    for table, *key in verdict.deadlines:
        column = state.layout.deadlines[table]
        row = state.tables[table].find(tuple(key))
        if row is not None:
            state.tables[table][column][row] = NEVER
    if verdict.rows:
        rest = sorted(set(range(len(event.data))) - set(verdict.rows))
        event = replace(event, data=event.data.take(rest))
    nothing_left = verdict.whole or (verdict.rows and not len(event.data))
    return [] if nothing_left else _given(handle, event)


def _given(handle: Handle, event: Event) -> list[Event]:
    """The outputs. One that the log could not keep is a failure of its function here, not of the log later."""
    outputs = list(handle(event))
    for output in outputs:
        types.TOPIC[output.type]
        if not isinstance(output.data, Readings):
            codec.encode(output.type, output.data)
    return outputs


def stamp(member: Member, parent: Event, outputs: Sequence[Event]) -> list[tuple[str, Event]]:
    """The outputs with topic and place: the same whoever repeats them."""
    made = []
    source = f"{parent.source}/{member.name}"
    for index, output in enumerate(outputs):
        topic = types.TOPIC[output.type]
        sequence = child_sequence(parent.sequence, index)
        given = member.given.setdefault(topic, {})
        made.append((topic, output.stamped(source, sequence, given.get(source, ""))))
        given[source] = sequence
    return made


def dead_letter(event: Event, verdict: Verdict) -> Event:
    """What says that something was given up: never more than PAYLOAD_KEPT bytes of it."""
    lost = (
        event.data.take(list(verdict.rows)).encode() if isinstance(event.data, Readings) else repr(event.data).encode()
    )
    data = DeadLetter(
        function=verdict.function, source=verdict.source, sequence=verdict.sequence, rows=list(verdict.rows),
        deadlines=[list(key) for key in verdict.deadlines], whole=verdict.whole, error=verdict.error,
        attempts=verdict.attempts, payload=lost[:PAYLOAD_KEPT], length=len(lost), sha256=sha256(lost).hexdigest(),
    )  # fmt: skip
    id = content_id(event.tenant, "dead", verdict.function, verdict.source, verdict.sequence)
    return event.child(types.DEAD_LETTERED, data, id=id)


def _copy(applied: Applied) -> Applied:
    return {topic: dict(sources) for topic, sources in applied.items()}

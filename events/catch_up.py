"""A function that stands behind its feeder (it came from another pod) first reads its topics from the log, up to
where its new chain stands. Used by shard.py when a chain is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from events.deliver import Chain, Member
from events.event import Event
from events.log import Log, Record

PAGE = 256


def catch_up(chain: Chain, log: Log, shard: int) -> None:
    """Brings every member up to its feeder. Outputs are produced; what is in memory below comes up in its own turn."""
    for member in chain.members:
        for topic, event in _behind(chain, member, log, shard):
            chain.produce(chain.apply(member, topic, event))
        log.flush()


def _behind(chain: Chain, member: Member, log: Log, shard: int) -> Iterable[tuple[str, Event]]:
    """What it has to read: as it stands in the log or, if it depends on the order of its topics, by sequence."""
    topics = [topic for topic in member.function.takes if topic in chain.memory]
    if topics and member.function.ordered:
        return sorted(_read(chain, member, log, shard, member.function.takes), key=lambda pair: pair[1].sequence)
    return _read(chain, member, log, shard, topics)


def _read(chain: Chain, member: Member, log: Log, shard: int, topics: Iterable[str]) -> Iterator[tuple[str, Event]]:
    for topic in topics:
        first_ahead: int | None = None
        at = member.offsets.get(topic)
        for record in _records(log, topic, shard, log.begin(topic, shard) if at is None else at):
            if _level(chain, member, topic, record.event):
                yield topic, record.event
            elif first_ahead is None:
                first_ahead = record.offset
            at = record.offset + 1
        if first_ahead is not None or at is not None:
            member.offsets[topic] = first_ahead if first_ahead is not None else at or 0


def _level(chain: Chain, member: Member, topic: str, event: Event) -> bool:
    """Whether the feeder, as it was saved, had given this event (or, of a topic from the log, had itself seen it)."""
    members = {other.name: other for other in chain.members}
    if topic in chain.memory:
        parent, giver = event.source.rsplit("/", 1)
        given_for = event.sequence.rsplit(".", 1)[0]
        return any(given_for <= sources.get(parent, "") for sources in members[giver].applied.values())
    feeders = [
        other for other in chain.members for fed in member.function.takes
        if fed in chain.memory and fed in other.function.gives
    ]  # fmt: skip
    return all(event.sequence <= feeder.knows(topic, event.source) for feeder in feeders)


def _records(log: Log, topic: str, shard: int, offset: int) -> Iterator[Record]:
    while records := log.read(topic, shard, offset, PAGE):
        yield from records
        offset = records[-1].offset + 1

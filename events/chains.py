"""Which functions of a pod hand over to each other in memory. Used by functions/app.py, which
makes a Stream of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from events import types
from events.handler import Function


def chains(functions: Sequence[Function], everyone: Iterable[Function]) -> list[tuple[list[Function], frozenset[str]]]:
    """The functions of a pod as chains: those that hand over to each other in memory together, each with its
    topics in memory."""
    givers: dict[str, list[str]] = {}
    for function in everyone:
        for topic in function.gives:
            givers.setdefault(topic, []).append(function.name)
    memory = _in_memory(functions, givers)
    groups: list[list[Function]] = []
    for function in functions:
        fed_by = [g for g in groups if any(set(other.gives) & set(function.takes) & memory for other in g)]
        joined = sorted([*(f for group in fed_by for f in group), function], key=list(functions).index)
        groups = [group for group in groups if group not in fed_by] + [joined]
    return [(group, memory & {t for f in group for t in f.takes}) for group in groups]


def read_topics(functions: Sequence[Function], memory: frozenset[str]) -> list[str]:
    """Topics that a chain reads from the log, in order of the manifest."""
    taken = dict.fromkeys(topic for function in functions for topic in function.takes)
    return [topic for topic in taken if topic not in memory]


def _in_memory(functions: Sequence[Function], everyone: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Topics handed over in memory where `functions` share a pod. everyone: topic → names of all its givers, of
    the whole manifest; a topic that any function may give is always read from the log."""
    here = {function.name for function in functions}
    taken = {topic for function in functions for topic in function.takes}
    return frozenset(
        topic for topic, givers in everyone.items() if topic in taken - types.ANY_GIVER and set(givers) <= here
    )

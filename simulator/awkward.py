"""Devices as they are: they repeat, reorder and revise readings. Wraps the messages of `schedule` for `run`.

A repeat is the same message again, a revision the same time with other values, both some intervals later; a reordered
message comes some intervals after its time. Which, and how much later, is drawn from seed, device and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from heapq import heappop, heappush
from random import Random

from simulator.fleet import Fleet
from simulator.messages import Mark, Message

KINDS: tuple[Mark, ...] = ("repeat", "reorder", "revise")
SHARE = 0.04  # of the messages, for each kind
FARTHEST = 12  # intervals; validate remembers eight readings, so some come after it has forgotten


def awkwardly(messages: Iterable[Message], kinds: list[str], fleet: Fleet) -> Iterator[Message]:
    """The messages and what the kinds make of them, in the order of their new due moments."""
    heap: list[tuple[float, int, Message]] = []
    for number, message in enumerate(messages):
        while heap and heap[0][0] <= message.due:
            yield heappop(heap)[2]
        draw = Random(f"{fleet.seed}/{message.device}/{message.time}")
        kind = next((k for k in KINDS if draw.random() < SHARE and k in kinds), None)
        later = message.due + (1 + draw.random() * (FARTHEST - 1)) * fleet.interval / 1000
        if kind == "reorder":
            heappush(heap, (later, number, replace(message, due=later, mark=kind)))
            continue
        yield message
        if kind:
            values = _revised(message, draw) if kind == "revise" else message.values
            heappush(heap, (later, number, replace(message, due=later, mark=kind, values=values, payload=b"")))
    while heap:
        yield heappop(heap)[2]


def _revised(message: Message, draw: Random) -> list[float]:
    """One value becomes what it was with its last digits changed, never the same."""
    values = list(message.values)
    at = int(draw.random() * len(values))
    values[at] = round(values[at] * 0.999 + (0.01 if values[at] < 1 else -0.01), 6) if values[at] != 1 else 0.0
    return values

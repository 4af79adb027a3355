"""Names of snapshot objects, and the pointer document that says which of them hold a shard's functions. Used by
states.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from events.checkpoint import Verdict
from events.warm import learn

ROOT = "states/"
_NAME = re.compile(ROOT + r"([^/]+)/([0-9]+)/([0-9]+)-([0-9]+)")


class Entry(msgspec.Struct):
    """One function on one shard. epoch: how often it was taken; snapshot: the object that holds it; free: whether its
    last owner has ended, with nothing under way."""

    epoch: int = 0
    snapshot: str | None = None
    free: bool = True


class Pointer(msgspec.Struct):
    """The document of a shard."""

    functions: dict[str, Entry] = {}
    verdicts: list[Verdict] = []


learn(Pointer)


class Snapshot(NamedTuple):
    """The name of a snapshot object, in parts. epoch: the highest that its functions had; number: counts an owner's
    saves."""

    functions: tuple[str, ...]
    shard: int
    epoch: int
    number: int

    @classmethod
    def parse(cls, names: Iterable[str]) -> Iterator[Snapshot]:
        """From names of objects; one that is no snapshot's is passed over."""
        for found in map(_NAME.fullmatch, names):
            if found:
                chain, shard, epoch, number = found.groups()
                yield cls(tuple(chain.split("+")), int(shard), int(epoch), int(number))

    @property
    def name(self) -> str:
        """`states/validate+score+alert/0/0000000003-0000000041`: names of a chain and shard sort by age."""
        return f"{ROOT}{'+'.join(self.functions)}/{self.shard}/{self.epoch:010}-{self.number:010}"


def is_left(snapshot: Snapshot, newest: Snapshot, pointer: Pointer) -> bool:
    """Whether the owner of `newest` may ever remove a snapshot: one of its chain, or of a chain that is no more."""
    if snapshot.shard != newest.shard:
        return False
    if snapshot.functions == newest.functions:
        return snapshot.epoch <= newest.epoch
    entries = [pointer.functions.get(function, Entry()) for function in snapshot.functions]
    held = Snapshot.parse(entry.snapshot for entry in entries if entry.snapshot)
    lives = any(other.functions == snapshot.functions for other in held)
    return not lives and snapshot.epoch < max(entry.epoch for entry in entries)

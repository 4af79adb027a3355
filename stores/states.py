"""Checkpoints over objects and documents: what a chain of functions saved is one snapshot object, found through one
pointer document a shard that is changed by compare-and-set. Used by the loop (events/stream.py), opened by
functions/app.py.

The snapshot is written first: a crash in between leaves an object that nobody points to, and the next owner removes
it. An instance stands for one owner: the epochs it took are its right to save.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count

import msgspec

from events.blob import joined, pack
from events.checkpoint import Fenced, Saved, Verdict
from events.handler import Retry
from stores.collections import CHECKPOINTS
from stores.ports import Conflict, Documents, Objects
from stores.snapshots import ROOT, Entry, Pointer, Snapshot, is_left

EVERY_TENANT = ""
"""A shard holds all tenants, and so does its state."""

_DECODER = msgspec.msgpack.Decoder(dict[str, Saved])


class SnapshotMissing(Exception):
    """The pointer names an object that is not there; the shard stops with this line."""


class StoredCheckpoints:
    """One owner's view. Several threads may save different shards; one at a time saves a shard."""

    def __init__(self, objects: Objects, documents: Documents) -> None:
        self._objects, self._documents = objects, documents
        self._epochs: dict[tuple[int, str], int] = {}
        self._free: dict[tuple[int, str], bool] = {}
        self._numbers = count(1)
        self._leftover: dict[tuple[int, tuple[str, ...]], set[str]] = {}

    def take(self, shard: int, functions: Sequence[str]) -> Mapping[str, Saved]:
        """Raises the epochs first and reads then: from there on nobody else can save these functions."""

        def raise_epochs(pointer: Pointer) -> None:
            for function in functions:
                entry = pointer.functions.setdefault(function, Entry())
                self._free[shard, function] = entry.free
                entry.epoch, entry.free = entry.epoch + 1, False

        pointer = self._change(shard, raise_epochs)
        entries = {function: pointer.functions[function] for function in functions}
        self._epochs.update({(shard, function): entry.epoch for function, entry in entries.items()})
        self._leftover = {key: names for key, names in self._leftover.items() if key[0] != shard}
        held = {name: self._read(name) for name in {entry.snapshot for entry in entries.values()} if name is not None}
        return {name: held[entry.snapshot][name] if entry.snapshot else Saved() for name, entry in entries.items()}

    def was_free(self, shard: int, functions: Sequence[str]) -> bool:
        """Whether nobody could be writing any more when this owner took them."""
        return all(self._free.get((shard, function), False) for function in functions)

    def release(self, shard: int, functions: Sequence[str]) -> None:
        """Says that this owner has nothing under way. Fenced if another has taken one of the functions meanwhile."""

        def free(pointer: Pointer) -> None:
            self._mine(shard, functions, pointer)
            for function in functions:
                pointer.functions[function].free = True

        self._change(shard, free)

    def save(self, shard: int, chain: Mapping[str, Saved]) -> None:
        """Writes the snapshot, then the pointer. Fenced if another has taken one of the functions meanwhile."""
        self._mine(shard, chain, self._pointer(shard)[0])
        epoch = max(self._epochs[shard, function] for function in chain)
        snapshot = Snapshot(tuple(chain), shard, epoch, next(self._numbers))
        before: set[str | None] = set()

        def point(pointer: Pointer) -> None:
            self._mine(shard, chain, pointer)
            before.clear()
            for function in chain:
                before.add(pointer.functions[function].snapshot)
                pointer.functions[function].snapshot = snapshot.name
            pointer.verdicts = [verdict for verdict in pointer.verdicts if not _is_behind(verdict, chain)]

        left = self._leftover.get((shard, snapshot.functions))
        if left is not None:
            left.add(snapshot.name)
        self._objects.put(snapshot.name, joined(pack({name: vars(saved) for name, saved in chain.items()})))
        try:
            pointer = self._change(shard, point)
        except Fenced:
            self._remove({snapshot.name})
            raise
        self._clean(snapshot, pointer, before)

    def give_up(self, shard: int, verdict: Verdict) -> None:
        """Saves a verdict, in the place of an earlier one on the same event."""

        def add(pointer: Pointer) -> None:
            self._mine(shard, [verdict.function], pointer)
            pointer.verdicts = [held for held in pointer.verdicts if _event(held) != _event(verdict)] + [verdict]

        self._change(shard, add)

    def verdicts(self, shard: int, functions: Sequence[str]) -> Sequence[Verdict]:
        """Those of these functions that no save has left behind."""
        return [verdict for verdict in self._pointer(shard)[0].verdicts if verdict.function in functions]

    def _pointer(self, shard: int) -> tuple[Pointer, int]:
        document = self._documents.get(CHECKPOINTS, EVERY_TENANT, str(shard))
        return (msgspec.convert(document.body, Pointer), document.revision) if document else (Pointer(), 0)

    def _change(self, shard: int, edit: Callable[[Pointer], None]) -> Pointer:
        """Edits the pointer until nobody came in between; each Conflict means that another got on."""
        while True:
            pointer, revision = self._pointer(shard)
            edit(pointer)
            try:
                self._documents.put(CHECKPOINTS, EVERY_TENANT, str(shard), msgspec.to_builtins(pointer), revision)
            except Conflict:
                continue
            return pointer

    def _mine(self, shard: int, functions: Iterable[str], pointer: Pointer) -> None:
        for function in functions:
            held = self._epochs.get((shard, function))
            entry = pointer.functions.get(function, Entry())
            if held != entry.epoch:
                raise Fenced(f"{function} on shard {shard} was taken at epoch {entry.epoch}, this owner holds {held}")

    def _read(self, name: str) -> dict[str, Saved]:
        body = self._objects.get(name)
        if body is None:
            raise SnapshotMissing(
                f"object {name} is not there, but a document of {CHECKPOINTS} points to it: "
                "bring both back from one backup"
            )
        return _DECODER.decode(body)

    def _clean(self, newest: Snapshot, pointer: Pointer, before: set[str | None]) -> None:
        """Keeps the newest snapshot of the chain, the one before it, and whatever a function still points to."""
        key = (newest.shard, newest.functions)
        keep = {newest.name, *before, *(entry.snapshot for entry in pointer.functions.values())}
        left = self._leftover.get(key)
        with suppress(Retry):  # what stays is seen again at the next save
            if left is None:
                found = Snapshot.parse(self._objects.names(ROOT))
                left = {snapshot.name for snapshot in found if is_left(snapshot, newest, pointer)}
            left -= self._remove(left - keep)
            self._leftover[key] = left

    def _remove(self, names: set[str]) -> set[str]:
        """Removes objects as far as their store lets it; returns which."""
        gone: set[str] = set()
        with suppress(Retry):
            for name in sorted(names):
                self._objects.delete(name)
                gone.add(name)
        return gone


def _event(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.function, verdict.source, verdict.sequence


def _is_behind(verdict: Verdict, chain: Mapping[str, Saved]) -> bool:
    """Whether its function has applied the event: by every topic in which it meets that source, since a verdict names
    none."""
    if verdict.function not in chain:
        return False
    applied = chain[verdict.function].applied.values()
    stands = [sources[verdict.source] for sources in applied if verdict.source in sources]
    return bool(stands) and min(stands) >= verdict.sequence

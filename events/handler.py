"""What a function is to its host (deliver.py): its place in the manifest, how it is bound to a state and to ports,
and the words that it and its ports may say besides giving events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from events.event import Event
from events.state import Layout, State

Handle = Callable[[Event], Iterable[Event]]
"""A function with its state and ports bound to it."""


class Retry(Exception):
    """Not now: what the function needs is away. The host pauses and comes back. Any other exception is a bug."""

    def __init__(self, why: str, after: float = 1.0) -> None:
        super().__init__(why)
        self.after = after


class Refusal(Exception):
    """A store refuses at the flush what it had taken into its buffer: a bug, or a server that is not as it should be.
    Nothing gets past it: the host goes back to what was saved and tries again, ever more seldom."""


@runtime_checkable
class Buffer(Protocol):
    """A port that buffers by shard; the host flushes it, never the function."""

    def flush(self, shard: int) -> None:
        """Makes what is buffered durable. Retry: not now."""

    def discard(self, shard: int) -> None:
        """Throws it away: the shard is reloaded or lost."""


@runtime_checkable
class Holding(Buffer, Protocol):
    """A buffer that a flush may leave something in, such as an open file: the position stays before it."""

    def due(self, shard: int) -> bool:
        """Whether the host should flush and save now, before the next record: something was closed."""

    def settled(self, shard: int) -> bool:
        """Whether nothing is held back, so that the position may move."""


@runtime_checkable
class Overwriting(Buffer, Protocol):
    """A buffer whose flush replaces what is there: one of an older owner must not land after one of a newer."""

    overwrites: bool


@dataclass(frozen=True)
class Function:
    """A function as the composition root hands it to a host. takes, gives: topics. layout: None if it keeps no
    state. ordered: its result depends on the order between its topics."""

    name: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    bind: Callable[[State], Handle]
    layout: Layout | None = None
    buffers: tuple[Buffer, ...] = ()
    ordered: bool = False

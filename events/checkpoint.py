"""The port for position and state of the functions of one shard. Used by stream.py; implemented by stores/states.py.

A chain (functions handed over in memory) is saved whole. Taking a shard raises the epoch of each of its functions;
whoever holds an older epoch can save nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Applied = dict[str, dict[str, str]]
"""topic → source → sequence."""


class Fenced(Exception):
    """Another has taken the shard: drop it, with everything buffered for it."""


@dataclass
class Saved:
    """What is saved of one function on one shard.

    state: the dump of its State (None: it has none yet). applied: the highest sequence applied by topic and source.
    given: the last sequence given by topic and source. offsets: by topic, where to go on reading.
    """

    state: memoryview | None = None
    applied: Applied = field(default_factory=dict)
    given: Applied = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What of one event is given up for one function.

    rows: indexes into its batch. deadlines: of a tick, (table, *key) of the rows whose deadline is disarmed. whole:
    all of it (an event that is no batch). error: the exception, in a line.
    """

    function: str
    source: str
    sequence: str
    rows: tuple[int, ...] = ()
    deadlines: tuple[tuple[str, ...], ...] = ()
    whole: bool = False
    error: str = ""
    attempts: int = 1


class Checkpoints(Protocol):
    """Every method may raise Fenced, or Retry where its store is away."""

    def take(self, shard: int, functions: Sequence[str]) -> Mapping[str, Saved]:
        """Raises the epoch of these functions; returns what was saved of each, wherever it was saved."""

    def was_free(self, shard: int, functions: Sequence[str]) -> bool:
        """Whether nobody could be writing any more when these were taken: new, or released by their last owner."""

    def release(self, shard: int, functions: Sequence[str]) -> None:
        """The owner ends: nothing that it has begun is under way."""

    def save(self, shard: int, chain: Mapping[str, Saved]) -> None:
        """Saves a chain whole, or not at all."""

    def give_up(self, shard: int, verdict: Verdict) -> None:
        """Saves a verdict before the event is handled without what it names."""

    def verdicts(self, shard: int, functions: Sequence[str]) -> Sequence[Verdict]:
        """The verdicts on events that these functions may still meet again."""

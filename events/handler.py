"""What a function is to its host: a callable, and the two words it may say besides giving events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from events.event import Event

Handle = Callable[[Event], Iterable[Event]]
"""A function with its state and ports already bound to it (functions/app.py)."""


class Retry(Exception):
    """Not now: what the function needs is away. The host pauses and comes back. Any other exception is a bug."""

    def __init__(self, why: str, after: float = 1.0) -> None:
        super().__init__(why)
        self.after = after

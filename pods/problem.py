"""What is told to the person at the terminal. Used by all files of this folder."""

from __future__ import annotations


class CannotRun(Exception):
    """Why the demo ends, and the cure, in a line."""


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(f"tidings: {line}", flush=True)

"""The one exception of this folder. Its text is one line: what is wrong, where, and the cure."""

from __future__ import annotations


class CannotServe(Exception):
    """A server cannot be built or started here."""

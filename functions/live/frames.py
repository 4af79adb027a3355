"""The binary frame of live readings, and the slot in which readings of one connection wait for it. Used by
connection.py.

A frame: u32 seq | u32 n | f64 t[n] (Unix ms) | f32 v[n] | u16 ch[n], little endian. A slot keeps of each channel what
a line on a screen needs: the lowest and the highest value, in order of time.
"""

from __future__ import annotations

import struct

import numpy as np

Point = tuple[float, float]
"""Unix ms, value."""


class Slot:
    """Readings since the last frame, by channel."""

    def __init__(self) -> None:
        self._points: dict[int, list[Point]] = {}

    def add(self, channel: int, time: float, value: float) -> None:
        """Adds a reading; beyond two a channel, the lowest and the highest stay."""
        points = self._points.setdefault(channel, [])
        points.append((time, value))
        if len(points) > 2:
            lowest, highest = min(points, key=lambda p: p[1]), max(points, key=lambda p: p[1])
            points[:] = [lowest] if lowest is highest else sorted((lowest, highest))

    def forget(self, channel: int) -> None:
        """Drops what waits for a channel that is gone."""
        self._points.pop(channel, None)

    def take(self) -> list[tuple[float, float, int]]:
        """(time, value, channel) of all that waits; the slot is empty then."""
        taken = [(time, value, channel) for channel, points in self._points.items() for time, value in points]
        self._points.clear()
        return taken


def frame(seq: int, points: list[tuple[float, float, int]]) -> bytes:
    """The bytes of a frame."""
    time, value, channel = zip(*points, strict=True)
    return b"".join((
        struct.pack("<II", seq, len(points)), np.array(time, "<f8").tobytes(), np.array(value, "<f4").tobytes(),
        np.array(channel, "<u2").tobytes(),
    ))  # fmt: skip

"""`python -m functions demo`: the whole platform in this process, a simulated fleet in another, on this machine alone.
Called by __main__.py."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from events.times import from_rfc3339, rfc3339
from functions.app import Platform
from functions.clock.edge import EdgeClock
from functions.fleet import announced, simulated
from functions.hosting import host, say
from functions.options import Refusal, settings_of


def demo(options: argparse.Namespace) -> int:
    """Runs until a signal, or until a part fails."""
    settings, clock = settings_of(options), _clock(options)
    say(f"starting on {settings.data} …")
    platform = Platform(settings, clock)
    return host(platform, _fleet(options, platform, clock))


def _clock(options: argparse.Namespace) -> EdgeClock:
    try:
        return EdgeClock(from_rfc3339(options.start) if options.start else None, options.speed)
    except ValueError as error:
        cure = "--start takes a time with its offset, such as 2026-11-24T12:00:00Z; --speed a number up to 400"
        raise Refusal(f"{error}: {cure}") from error


@contextmanager
def _fleet(options: argparse.Namespace, platform: Platform, clock: EdgeClock) -> Iterator[None]:
    """The simulator, with the same clock."""
    if not options.devices or platform.mqtt is None:
        yield
        return
    is_ours = clock.speed != 1.0 or options.start
    clocked = ["--start", rfc3339(clock.now()), "--speed", str(clock.speed)] if is_ours else []
    say(announced(options.devices, options.interval))
    with simulated(platform.mqtt.devices, options.devices, options.interval, *clocked):
        yield

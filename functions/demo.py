"""`python -m functions demo`: the whole platform in this process, a simulated fleet in another, on this machine alone.
Called by __main__.py."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from events.times import from_rfc3339, rfc3339
from functions.app import Platform
from functions.clock.edge import EdgeClock
from functions.hosting import host, say
from functions.options import Refusal, settings_of

FIRST_FAULT = "20"
"""Seconds: someone who looks at the page for the first time sees an alert within a minute."""


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
    """The simulator, with the same clock; out of the terminal's group, so that Ctrl-C reaches it only through us. It
    ends when its standard input does: two fleets of the same devices would send nonsense after a crash of ours."""
    if not options.devices or platform.mqtt is None:
        yield
        return
    command = [
        sys.executable, "-m", "simulator", "run", "--url", platform.mqtt.devices,
        "--devices", str(options.devices), "--interval", str(options.interval), "--first-fault", FIRST_FAULT,
        "--until-eof",
    ]  # fmt: skip
    if clock.speed != 1.0 or options.start:
        command += ["--start", rfc3339(clock.now()), "--speed", str(clock.speed)]
    say(f"{options.devices} simulated devices, a message each {options.interval:g} s, some with faults")
    with subprocess.Popen(command, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as fleet:
        try:
            yield
        finally:
            fleet.terminate()
            try:
                fleet.wait(10)
            except subprocess.TimeoutExpired:
                fleet.kill()

"""`python -m functions demo`: the whole platform in this process, a simulated fleet in another, on this machine alone.
Called by __main__.py."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from events.times import from_rfc3339, rfc3339
from functions.app import Platform
from functions.clock.edge import EdgeClock
from functions.hosting import Refusal, check, host, say
from functions.settings import Settings

FIRST_FAULT = "20"
"""Seconds: someone who looks at the page for the first time sees an alert within a minute."""


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_places(parser)
    parser.add_argument("--devices", type=int, default=200, help="simulated devices; 0: wait for real ones")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between a device's messages")
    parser.add_argument("--start", help="what the edge's clock shows at first (RFC 3339)")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the edge's clock in a second")


def add_places(parser: argparse.ArgumentParser) -> None:
    """Where it listens and keeps its data; what is not given is taken from TIDINGS_… or settings.py."""
    parser.add_argument("--port", type=int, help="of the page and the API; 0: a free one (default 8080)")
    parser.add_argument("--mqtt-port", type=int, help="of the embedded broker; 0: a free one (default 1883)")
    parser.add_argument("--data", type=Path, help="folder of log, stores and broker (default .tidings)")
    parser.add_argument("--listen", help="address of the page and the API (default 127.0.0.1)")
    parser.add_argument("--token", help="what callers of the API must show; needed where --listen is not the loopback")


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings with what the command line says."""
    named = ("port", "mqtt_port", "data", "listen", "token")
    return check(Settings(**{name: getattr(options, name) for name in named if getattr(options, name) is not None}))


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
        raise Refusal(str(error)) from error


@contextmanager
def _fleet(options: argparse.Namespace, platform: Platform, clock: EdgeClock) -> Iterator[None]:
    """The simulator, with the same clock; out of the terminal's group, so that Ctrl-C reaches it only through us."""
    if not options.devices or platform.mqtt is None:
        yield
        return
    command = [
        sys.executable, "-m", "simulator", "run", "--url", f"mqtt://127.0.0.1:{platform.mqtt.broker.port}",
        "--devices", str(options.devices), "--interval", str(options.interval), "--first-fault", FIRST_FAULT,
    ]  # fmt: skip
    if clock.speed != 1.0 or options.start:
        command += ["--start", rfc3339(clock.now()), "--speed", str(clock.speed)]
    say(f"{options.devices} simulated devices, a message each {options.interval:g} s, some with faults")
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as fleet:
        try:
            yield
        finally:
            fleet.terminate()
            try:
                fleet.wait(10)
            except subprocess.TimeoutExpired:
                fleet.kill()

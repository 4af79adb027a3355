"""`python -m functions demo`: the whole platform in this process, a simulated fleet in another, on this machine alone. Called by
__main__.py.

Ctrl-C ends everything. SIGTERM, as a service manager sends it, leaves the broker, which holds what devices send until the platform
is back (ten minutes at most).
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

from events import journal
from events.times import from_rfc3339
from functions.app import Platform
from functions.broker.broker import CannotStart
from functions.clock.edge import EdgeClock
from functions.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Refusal(Exception):
    """Why the demo does not start, and the cure, in a line."""


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--devices", type=int, default=200, help="simulated devices; 0: wait for real ones")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between a device's messages")
    parser.add_argument("--port", type=int, default=8080, help="of the page and the API; 0: a free one")
    parser.add_argument("--mqtt-port", type=int, default=1883, help="of the embedded broker; 0: a free one")
    parser.add_argument("--data", type=Path, default=Path(".tidings"), help="folder of log, stores and broker")
    parser.add_argument("--listen", default="127.0.0.1", help="address of the page and the API")
    parser.add_argument("--token", help="what callers of the API must show; needed where --listen is not the loopback")
    parser.add_argument("--start", help="what the edge's clock shows at first (RFC 3339)")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the edge's clock in a second")


def demo(options: argparse.Namespace) -> int:
    """Runs until a signal, or until a part fails (exit status 1)."""
    settings = _settings(options)
    journal.begin(level="WARNING")
    say(f"starting on {settings.data} …")
    clock = _clock(options)
    platform = Platform(settings, clock)
    fleet: subprocess.Popen[bytes] | None = None
    interrupted, stop = _signals(platform.crew.stop)
    try:
        platform.start()
        say(
            f"the page: http://{settings.listen}:{platform.web.port}   its API: http://{settings.listen}:{platform.web.port}/api/docs"
        )
        say(f"devices publish to: mqtt://127.0.0.1:{platform.broker.port}, topic tidings/main/<device>/telemetry")
        if options.devices:
            fleet = _fleet(options, platform, clock)
        stop.wait()
    finally:
        _end_fleet(fleet)
        platform.stop()
        if interrupted.is_set():
            platform.broker.stop()
    if platform.crew.failure is not None:
        say(f"ended, since a part failed: {platform.crew.failure}")
        return 1
    say("ended; started again, it goes on with its data")
    return 0


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(f"tidings: {line}", flush=True)


def _settings(options: argparse.Namespace) -> Settings:
    if options.listen not in LOOPBACK and options.token is None:
        raise Refusal(f"--listen {options.listen} lets others in: give --token too, which they must then show")
    return Settings(
        data=options.data, listen=options.listen, port=options.port, mqtt_port=options.mqtt_port, token=options.token
    )


def _clock(options: argparse.Namespace) -> EdgeClock:
    try:
        return EdgeClock(from_rfc3339(options.start) if options.start else None, options.speed)
    except ValueError as error:
        raise Refusal(str(error)) from error


def _signals(stop: Flag) -> tuple[Flag, Flag]:
    """Both signals set `stop`; the first of the pair is set by Ctrl-C."""
    interrupted = Flag()

    def ended(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ended)
    return interrupted, stop


def _fleet(options: argparse.Namespace, platform: Platform, clock: EdgeClock) -> subprocess.Popen[bytes]:
    """The simulator, with the same clock; out of the terminal's group, so that Ctrl-C reaches it only through us."""
    command = [
        sys.executable, "-m", "simulator", "run", "--url", f"mqtt://127.0.0.1:{platform.broker.port}",
        "--devices", str(options.devices), "--interval", str(options.interval), "--duration", "0", "--first-fault", "20",
    ]  # fmt: skip
    if clock.speed != 1.0 or options.start:
        from events.times import rfc3339

        command += ["--start", rfc3339(clock.now()), "--speed", str(clock.speed)]
    say(f"{options.devices} simulated devices, a message each {options.interval:g} s, some with faults")
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)


def _end_fleet(fleet: subprocess.Popen[bytes] | None) -> None:
    if fleet is not None:
        fleet.terminate()
        try:
            fleet.wait(10)
        except subprocess.TimeoutExpired:
            fleet.kill()


__all__ = ["CannotStart", "Refusal", "add_demo", "demo"]

Command = Callable[[argparse.Namespace], int]

"""Runs a platform in this process until a signal or a failed part ends it. Used by demo.py (all pods) and __main__.py
(one).

Ctrl-C ends everything. SIGTERM, as a service manager sends it, leaves the embedded broker, which holds what devices
send until the platform is back (ten minutes at most).
"""

from __future__ import annotations

import signal
from contextlib import AbstractContextManager
from threading import Event as Flag

from functions.app import Platform
from functions.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Refusal(Exception):
    """Why it does not start, and the cure, in a line."""


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(f"tidings: {line}", flush=True)


def check(settings: Settings) -> Settings:
    """The settings, unless they would let others in without a token."""
    if settings.listen not in LOOPBACK and settings.token is None:
        raise Refusal(f"listening on {settings.listen} lets others in: give --token too, which they must then show")
    return settings


def host(platform: Platform, beside: AbstractContextManager[object]) -> int:
    """Exit status: 0, or 1 if a part failed. beside: what runs as long as the platform does."""
    interrupted = _signals(platform.crew.stop)
    try:
        platform.start()
        _greet(platform)
        with beside:
            platform.crew.stop.wait()
    finally:
        platform.stop()
        if interrupted.is_set() and platform.mqtt is not None:
            platform.mqtt.broker.stop()
    if platform.crew.failure is not None:
        say(f"ended, since a part failed: {platform.crew.failure}")
        return 1
    say("ended; started again, it goes on with its data")
    return 0


def _greet(platform: Platform) -> None:
    page = f"http://{platform.settings.listen}:{platform.web.port}"
    say(f"the page: {page}   its API: {page}/api/docs")
    if platform.mqtt is not None:
        address = f"mqtt://127.0.0.1:{platform.mqtt.broker.port}"
        say(f"devices publish to: {address}, topic tidings/main/<device>/telemetry")


def _signals(stop: Flag) -> Flag:
    """Both signals set `stop`; Ctrl-C the flag that is returned, too."""
    interrupted = Flag()

    def ended(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ended)
    return interrupted

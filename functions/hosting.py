"""Runs a platform in this process until a signal or a failed part ends it. Used by demo.py (all pods) and __main__.py
(one).

Ctrl-C ends everything. SIGTERM, as a service manager sends it, leaves the embedded broker, which holds what devices
send until the platform is back (an hour at most).
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from events import journal
from events.log import Unusable as LogUnusable
from functions.app import Platform
from functions.broker.broker import CannotStart
from functions.engines import opened_log
from functions.manifest import ManifestError
from functions.options import Refusal
from functions.replay import replay as replayed
from functions.rules.files import BadFile
from functions.settings import Settings
from stores.folder import Unusable

TOLD = (Refusal, CannotStart, Unusable, LogUnusable, ManifestError, BadFile, OSError)
"""What is told in a line: the reason and the cure are in its text."""

SWITCH = 0.001
"""Seconds that a busy thread keeps the interpreter from one that waits for it; Python's own is 0.005."""


def told(start: Callable[[], int], tell: Callable[[Exception], int]) -> int:
    """Starts; what prevents it is told. Returns the exit status."""
    journal.begin(level="WARNING")
    try:
        return start()
    except TOLD as error:
        return tell(error)


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(f"tidings: {line}", flush=True)


def host(platform: Platform, beside: AbstractContextManager[object]) -> int:
    """Exit status: 0, or 1 if a part failed. beside: what runs as long as the platform does."""
    interrupted = _signals(platform.crew.stop)
    try:
        platform.start()
        _collect_seldom()
        _switch_often()
        _greet(platform)
        with beside:
            platform.crew.stop.wait()
    finally:
        platform.stop()
        if interrupted.is_set() and platform.mqtt is not None and platform.mqtt.broker is not None:
            platform.mqtt.broker.stop()
    if platform.crew.failure is not None:
        say(f"ended, since a part failed: {platform.crew.failure}")
        return 1
    left = platform.mqtt is not None and platform.mqtt.broker is not None and not interrupted.is_set()
    say(f"ended{', the broker runs on for an hour' if left else ''}; started again, it goes on with its data")
    return 0


def replay(settings: Settings, functions: Sequence[str]) -> int:
    """Exit status: 0, or 1 if the log no longer holds some of it."""
    with opened_log(settings) as log:
        again, gone = replayed(log, functions)
    say(f"{again} rows came into the inbox again" + (f"; {gone} are no longer in the log" if gone else ""))
    return 1 if gone else 0


def _collect_seldom() -> None:
    """Python looks for garbage in circles, of which there is next to none here, again and again in all that lives: at
    10,000 devices that stopped every thread for 0.3 s. What is there by now is left out of it; the rest is looked at
    thirty times less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _switch_often() -> None:
    """From a device to its alert the interpreter changes hands six times, and each may cost the whole interval."""
    sys.setswitchinterval(SWITCH)


def _greet(platform: Platform) -> None:
    page = f"http://{platform.settings.listen}:{platform.web.port}"
    if "api" in platform.pods:
        say(f"the page: {page}   its API: {page}/api/docs")
    else:
        say(f"{', '.join(platform.pods)}: whether all is well: {page}/readyz   metrics: {page}/metrics")
    if platform.mqtt is not None and platform.mqtt.broker is not None:
        broker = platform.mqtt.broker
        address = f"mqtt://127.0.0.1:{broker.port} (MQTT 5: port {broker.port5})"
        say(f"devices publish to: {address}, topic tidings/main/<device>/telemetry")


def _signals(stop: Flag) -> Flag:
    """Both signals set `stop`; Ctrl-C the flag that is returned, too. In a thread: a handler that sets a flag holds its
    lock, and the handler of a second signal, which may run within the first, would wait for that for ever."""
    interrupted = Flag()
    came: SimpleQueue[int] = SimpleQueue()

    def obey() -> None:
        while True:
            if came.get() == signal.SIGINT:
                interrupted.set()
            stop.set()

    Thread(target=obey, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: came.put(number))
    return interrupted

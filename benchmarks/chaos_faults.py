"""What is done to the platform and its servers, by name. Drawn and called by chaos_servers.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from signal import SIGCONT, SIGSTOP

from benchmarks.chaos_place import Place
from benchmarks.demo_process import until

FROZEN = 30.0
"""Seconds that something stands still: longer than a session of Kafka."""

AWAY = 120.0
"""Seconds that a store is away."""

Fault = Callable[[Place], float]
"""Does it, undoes it, and gives the moment (monotonic) from which on recovery counts: a server's own start is over."""


def pod_killed(name: str) -> Fault:
    """It is started again at once."""

    def fault(place: Place) -> float:
        place.pods[name].kill()
        place.pods[name].start()
        return time.monotonic()

    return fault


def server_killed(name: str, away: float = 0.0) -> Fault:
    """It is started again after a while."""

    def fault(place: Place) -> float:
        place.servers[name].kill()
        time.sleep(away)
        place.servers[name].start()
        return time.monotonic()

    return fault


def server_frozen(name: str, seconds: float = FROZEN) -> Fault:
    """Its connections stay, nothing answers."""

    def fault(place: Place) -> float:
        place.servers[name].pause()
        time.sleep(seconds)
        place.servers[name].resume()
        return time.monotonic()

    return fault


def pod_frozen(name: str) -> Fault:
    """A second one of its kind takes over, and stays; the sleeper wakes, and ends."""

    def fault(place: Place) -> float:
        sleeper, second = place.pods[name], place.pod(name, f"second-{name}")
        second.ready()
        time.sleep(5.0)
        sleeper.process.send_signal(SIGSTOP)
        time.sleep(FROZEN)
        sleeper.process.send_signal(SIGCONT)
        woken = time.monotonic()
        time.sleep(10.0)
        until(lambda: sleeper.end() == 0, f"{name} ends after its sleep")
        place.pods[name] = second
        return woken

    return fault


FAULTS: Mapping[str, Fault] = {
    **{f"kill-{pod}": pod_killed(pod) for pod in ("stream", "store", "bridge", "api", "archive")},
    **{f"kill-{server}": server_killed(server) for server in ("kafka", "influx", "mongo", "s3")},
    "freeze-stream": pod_frozen("stream"),
    "freeze-store": pod_frozen("store"),
    **{f"freeze-{server}": server_frozen(server) for server in ("kafka", "influx", "mongo", "s3", "mosquitto")},
    **{f"away-{server}": server_killed(server, AWAY) for server in ("s3", "mongo", "influx")},
    "kill-mosquitto": server_killed("mosquitto"),
}
"""In the order of their importance, but for Mosquitto's death, which loses what it had acknowledged."""

LASTS = {"kill": 10.0, "freeze": 60.0, "away": AWAY + 20.0}
"""Seconds from a fault's begin to its recovery, by the first word of its name: the file is made so long."""

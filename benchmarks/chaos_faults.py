"""What is done to the platform and its servers, by name. Drawn and called by chaos_servers.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from signal import SIGCONT, SIGSTOP

from benchmarks import bad_influx, chaos_inside
from benchmarks.chaos_inside import Effect, Fault, came_back
from benchmarks.chaos_place import Place
from benchmarks.demo_process import until
from functions.failpoints import COMMIT, SAVE

FROZEN = 30.0
"""Seconds that something stands still: longer than a session of Kafka."""

AWAY = 120.0
"""Seconds that a store is away."""

BRIDGE_AWAY = 60.0
"""Seconds that the bridge is away, unless told otherwise: ten minutes are for a run of their own."""


def pod_killed(name: str) -> Fault:
    """It is started again at once."""

    def fault(place: Place) -> Effect:
        place.pods[name].kill()
        place.pods[name].start()
        return came_back(place, name)

    return fault


def bridge_away(seconds: float) -> Fault:
    """Killed, and started again later: what devices send waits in the broker, and no silence is told."""

    def fault(place: Place) -> Effect:
        place.pods["bridge"].kill()
        time.sleep(seconds)
        place.pods["bridge"].start()
        return Effect(place.recovered())

    return fault


def server_killed(name: str) -> Fault:
    """It is started again at once."""

    def fault(place: Place) -> Effect:
        place.killed[name] = time.time()
        place.servers[name].kill()
        place.servers[name].start()
        return Effect(place.recovered())

    return fault


def _lasting(fault: Callable[[Place], AbstractContextManager[None]], seconds: float, flowing: bool) -> Fault:
    def lasts(place: Place) -> Effect:
        before = place.alerts() if flowing else 0
        with fault(place):
            time.sleep(seconds)
            alerts = place.alerts() - before if flowing else None
        return Effect(place.recovered(), alerts)

    return lasts


def server_frozen(name: str) -> Fault:
    """Its connections stay, nothing answers."""

    @contextmanager
    def fault(place: Place) -> Iterator[None]:
        place.servers[name].pause()
        yield
        place.servers[name].resume()

    return _lasting(fault, FROZEN, flowing=name not in ("kafka", "mosquitto"))


def server_away(name: str) -> Fault:
    """It is not there."""

    @contextmanager
    def fault(place: Place) -> Iterator[None]:
        place.servers[name].kill()
        yield
        place.servers[name].start()

    return _lasting(fault, AWAY, flowing=True)


def disk_full(place: Place) -> Effect:
    """That of the object server, which has the archive and the states."""
    return _lasting(lambda place: place.disk.full(), FROZEN, flowing=True)(place)


def influx_bad(behave: Callable[..., bad_influx.Answer | None]) -> Fault:
    """It answers writes as told."""

    @contextmanager
    def fault(place: Place) -> Iterator[None]:
        place.influx.well.clear()
        place.influx.behave = behave
        yield
        place.influx.behave = None
        place.influx.well.set()

    return _lasting(fault, FROZEN, flowing=True)


def pod_frozen(name: str) -> Fault:
    """A second one of its kind takes over, and stays; the sleeper wakes up to shards that are not its own, and ends."""

    def fault(place: Place) -> Effect:
        sleeper, second = place.pods[name], place.pod(name, f"second-{name}")
        second.ready()
        time.sleep(5.0)
        stopped = time.monotonic()
        sleeper.process.send_signal(SIGSTOP)
        place.pods[name] = second
        effect = came_back(place, name)
        time.sleep(max(0.0, FROZEN - (time.monotonic() - stopped)))
        sleeper.process.send_signal(SIGCONT)
        told = until(lambda: place.says(sleeper), f"what {name} says when it wakes up", pause=0.1)
        print(f"{name} wakes up: {told}", flush=True)
        time.sleep(5.0)
        assert sleeper.end() == 0, sleeper.said
        place.recovered()
        return effect

    return fault


FAULTS: Mapping[str, Fault] = {
    **{f"kill-{pod}": pod_killed(pod) for pod in ("stream", "store", "bridge", "api", "archive")},
    **{f"kill-{server}": server_killed(server) for server in ("kafka", "influx", "mongo", "s3")},
    "freeze-stream": pod_frozen("stream"),
    "freeze-store": pod_frozen("store"),
    **{f"freeze-{server}": server_frozen(server) for server in ("kafka", "influx", "mongo", "s3", "mosquitto")},
    "bad-503": influx_bad(bad_influx.busy),
    "bad-400": influx_bad(bad_influx.in_part),
    "bad-nothing": influx_bad(bad_influx.nothing),
    **{f"away-{server}": server_away(server) for server in ("s3", "mongo", "influx")},
    "full-objects": disk_full,
    **{f"die-{at}": chaos_inside.dies(at) for at in (SAVE, COMMIT)},
    "rebalance": chaos_inside.rebalanced,
    "poison": chaos_inside.poisoned,
    "huge": chaos_inside.huge,
    "bridge-away": bridge_away(BRIDGE_AWAY),
    "kill-mosquitto": server_killed("mosquitto"),
}
"""But for Mosquitto's death, which loses what it had acknowledged, in any order."""

LONG = frozenset({"away-influx"})
"""Left out unless named: InfluxDB is frozen and answers badly in others, and all in all take twenty minutes."""

NEEDS_ROOT = frozenset({"full-objects"})

LASTS = {"away": AWAY + 30.0, "bridge": BRIDGE_AWAY + 60.0}
USUAL = 90.0
"""Seconds from a fault's begin to its recovery on a busy machine, by the first word of its name, and of all others: the
file is made so long."""

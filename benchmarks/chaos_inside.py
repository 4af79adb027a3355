"""What is done to pods from inside and from their neighbours: deaths about a save, a second owner, records that cannot
be taken. Used by chaos_faults.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from signal import SIGKILL
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.chaos_place import READERS, Place
from benchmarks.demo_process import PATIENCE, until
from events.payloads import DeadLetter, Rejected

DIES_AT = 4
"""Of a pod's saves after its start."""

POISON = 424242
"""A value at which two functions fail."""

HUGE = 5 << 20
"""Bytes of a message that nobody should send."""


class Effect(NamedTuple):
    """recovery: seconds from the end of the fault (a server's own start is over by then) until all is well and caught
    up; of the store, from `taken`. taken: seconds from the fault's begin until an owner has all its shards again.
    alerts: events on the log meanwhile, where they are to flow."""

    recovery: float
    alerts: int | None = None
    taken: float | None = None


Fault = Callable[[Place], Effect]


def came_back(place: Place, *names: str) -> Effect:
    """Of pods that were started again, or have others in their place by now."""
    began = time.monotonic()
    readers = [place.pods[name] for name in names if name in READERS]
    if not readers:
        return Effect(place.recovered())
    until(lambda: all(place.owns(pod) for pod in readers), f"{names} have all shards", 2 * PATIENCE, pause=0.1)
    taken = time.monotonic() - began
    place.recovered()
    whole = time.monotonic() - began
    return Effect(whole - taken if "store" in names else whole, taken=taken)


def dies(at: str) -> Fault:
    """stream and store, each in the middle of a save (functions/failpoints.py); started again at once."""

    def fault(place: Place) -> Effect:
        for name in READERS:
            place.again(name, f"{at}:die@{DIES_AT}")
        for name in READERS:
            status = until(place.pods[name].process.poll, f"the death of {name} at {at}", 2 * PATIENCE)
            assert status == -SIGKILL, place.pods[name].said
            place.pods[name].start()
        return came_back(place, *READERS)

    return fault


def rebalanced(place: Place) -> Effect:
    """A second one of each comes, so that each has a part of the shards, and goes again."""
    others = {name: place.pod(name, f"other-{name}") for name in READERS}
    for name, other in others.items():
        first = place.pods[name]
        until(partial(place.owns, first, other), f"two of {name} share the shards", 2 * PATIENCE, pause=0.1)
    place.pods |= {f"other-{name}": other for name, other in others.items()}
    shared = place.recovered()
    for name, other in others.items():
        del place.pods[f"other-{name}"]
        assert other.end() == 0, other.said
    effect = came_back(place, *READERS)
    return Effect(max(shared, effect.recovery), taken=effect.taken)


def poisoned(place: Place) -> Effect:
    """alert and record fail at one reading: they give it up, and its neighbours pass."""
    for name, function in (("stream", "alert"), ("store", "record")):
        place.again(name, f"{function}:poison@{POISON}")
    place.recovered()
    before, began = len(place.events("dead.letter")), time.monotonic()
    _send(place, "poison-0001", orjson.dumps({"time": time.time_ns() // 1_000_000, "good": 1, "bad": POISON}))
    until(lambda: len(place.events("dead.letter")) == before + 2, "two dead letters", 2 * PATIENCE, pause=0.5)
    letters = [event.data for event in place.events("dead.letter")]
    assert all(isinstance(letter, DeadLetter) and len(letter.rows) == 1 for letter in letters), letters
    place.recovered()
    return Effect(time.monotonic() - began)


def huge(place: Place) -> Effect:
    """A device sends 5 MB: it is refused, and told."""
    began = time.monotonic()
    _send(place, "huge-0001", b'{"text": "%s"}' % (b"x" * HUGE))

    def told() -> list[Any]:
        refused = (event.data for event in place.events("rejected"))
        return [data for data in refused if isinstance(data, Rejected) and data.device == "huge-0001"]

    until(told, "the refusal", 2 * PATIENCE, pause=0.5)
    place.recovered()
    return Effect(time.monotonic() - began)


def _send(place: Place, device: str, body: bytes) -> None:
    """Returns when the broker has it."""
    broker = urlsplit(place.mqtt)
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.hostname or "", broker.port or 0)
    client.loop_start()
    try:
        client.publish(f"tidings/main/{device}/telemetry", body, 1).wait_for_publish(2 * PATIENCE)
    finally:
        client.disconnect()
        client.loop_stop()

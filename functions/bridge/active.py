"""The active bridge: messages of devices and returning ticks, in order, into the log; then acknowledged. Run by
bridge.py."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import uuid4

from events.gather import Cut, Gather
from events.mqtt import Connection, Message, Note, Options
from events.payloads import Payload
from functions.bridge.topics import Arrival, arrival


class Inlet(Protocol):
    """Takes payloads of a tenant into the log; durable after `flush`. An exception ends the bridge."""

    def take(self, tenant: str, payloads: Sequence[Payload]) -> object: ...

    def flush(self) -> None: ...


@dataclass(frozen=True)
class Ports:
    """What a bridge is given by app.py.

    now: the edge's clock, µs. tick: appends a tick of that clock to the shards in use. is_tenant: whether a part of a
    topic names a tenant.
    """

    inlet: Inlet
    now: Callable[[], int]
    tick: Callable[[int], None]
    is_tenant: Callable[[str], bool]


class _Held(NamedTuple):
    """A message until it is acknowledged, with what it brings: readings, a tick, or neither."""

    message: Message
    arrival: Arrival | None = None
    tick: int | None = None


HUNG = 5.0
"""Seconds after which a tick that has not come back is told. A broker that hangs keeps its connections."""


class Active:
    """One connection and one worker. tick_topic: its own. messages: how many are in the log."""

    def __init__(self, options: Options, tick_topic: str, ports: Ports, cut: Cut) -> None:
        self._ports = ports
        self._tick_topic, self._nonce = tick_topic, uuid4().hex.encode()
        self._gather: Gather[_Held] = Gather(cut)
        self._failure: BaseException | None = None
        self.connection = Connection(options, self._receive)
        self.messages = 0
        self._asked: float | None = None

    def run(self) -> None:
        """Returns when stopped or taken over; raises what went wrong in the log: nothing is acknowledged after that."""
        worker = threading.Thread(target=self._work, name="bridge-worker", daemon=True)
        worker.start()
        try:
            self.connection.run()
        finally:
            self._gather.close()
            worker.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ends `run` when what has arrived is in the log and acknowledged."""
        self._gather.close()

    def ask(self, clock: int) -> None:
        """Sends a tick on its way through the broker; any thread may call it."""
        if self.connection.trouble is not None:
            self._asked = None
        elif self._asked is None:
            self._asked = time.monotonic()
        self.connection.publish(Note(self._tick_topic, b"%b %d" % (self._nonce, clock)))

    @property
    def trouble(self) -> str | None:
        """Why no messages come, in a line; None if they do."""
        asked = self._asked
        waited = 0.0 if asked is None else time.monotonic() - asked
        if self.connection.trouble is not None or waited < HUNG:
            return self.connection.trouble
        return (
            f"no tick has come back from the broker for {waited:.0f} s: it hangs, or waits for what the log cannot take"
        )

    def _receive(self, message: Message) -> None:
        """In the thread of the network, in the order of delivery."""
        if message.topic == self._tick_topic:
            held = _Held(message, tick=self._own_tick(message.body))
        else:
            held = _Held(message, arrival(message, self._ports.now(), self._ports.is_tenant))
        self._gather.put(held, len(message.body))

    def _own_tick(self, body: bytes) -> int | None:
        """The clock that this bridge sent; None for what another has sent, or this one before a restart."""
        nonce, _, clock = body.partition(b" ")
        if nonce != self._nonce or not clock.isdigit():
            return None
        self._asked = None
        return int(clock)

    def _work(self) -> None:
        try:
            while group := self._gather.take():
                self._commit(group)
        except BaseException as failure:
            self._failure = failure
        finally:
            self._gather.close()
            self.connection.stop()

    def _commit(self, group: Sequence[_Held]) -> None:
        """A tick comes after all that stood before it; here, after its whole group."""
        tenants: dict[str, list[Payload]] = defaultdict(list)
        for held in group:
            if held.arrival is not None:
                tenants[held.arrival.tenant].append(held.arrival.payload)
        for tenant, payloads in tenants.items():
            self._ports.inlet.take(tenant, payloads)
        for held in group:
            if held.tick is not None:
                self._ports.tick(held.tick)
        self._ports.inlet.flush()
        self.messages += len(group)
        self.connection.ack([held.message for held in group])

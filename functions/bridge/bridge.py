"""The bridge, active or standby. The host runs it in a thread or a process of its own (app.py); the clock asks it for
ticks."""

from __future__ import annotations

import threading

from events.gather import Cut
from events.mqtt import Note, Options, Tls
from functions.bridge.active import Active, Inlet, Ports
from functions.bridge.standby import OFFLINE, ONLINE, Standby
from functions.bridge.topics import Share, state_topic

__all__ = ["Bridge", "Cut", "Inlet", "Ports", "Share"]


ALONE = Share()


class Bridge:
    """url: `mqtt://host:port`. name: of its client id, which outlives a restart, for the broker keeps a session under
    it; bridges of one name and number are active and standby of each other. Whoever starts takes over. share: which it
    is of several that are active at once; the broker must give all of a device to one of them (EMQX: hash_topic)."""

    def __init__(
        self,
        url: str,
        ports: Ports,
        name: str = "tidings-bridge",
        cut: Cut | None = None,
        tls: Tls | None = None,
        share: Share = ALONE,
    ) -> None:
        client_id = share.client_id(name)
        state = state_topic(client_id)
        self._options = Options(
            url, client_id, share.filters(name), greeting=Note(state, ONLINE), farewell=Note(state, OFFLINE),
            tls=tls or Tls(),
        )  # fmt: skip
        self._tick_topic = share.tick_topic(name)
        self._ports, self._cut = ports, cut or Cut()
        self._lock = threading.Lock()
        self._stopped = False
        self._role: Active | Standby = self._active()

    def run(self) -> None:
        """Returns when stopped. An exception means that the log is broken: the process should end."""
        while True:
            self._role.run()
            with self._lock:
                if self._stopped:
                    return
                self._role = self._standby() if isinstance(self._role, Active) else self._active()

    def stop(self) -> None:
        """Ends `run`; what has arrived is put into the log and acknowledged first."""
        with self._lock:
            self._stopped = True
            self._role.stop()

    def ask(self, clock: int) -> None:
        """Sends a tick of the edge's clock (µs) through the broker, if this bridge is the active one."""
        role = self._role
        if isinstance(role, Active):
            role.ask(clock)

    @property
    def trouble(self) -> str | None:
        """Why it does not take messages, in a line; None if it does or stands by."""
        return self._role.trouble

    @property
    def client_id(self) -> str:
        return self._options.client_id

    @property
    def is_active(self) -> bool:
        return isinstance(self._role, Active)

    def _active(self) -> Active:
        return Active(self._options, self._tick_topic, self._ports, self._cut)

    def _standby(self) -> Standby:
        return Standby(self._options, self._tick_topic)

"""The MQTT edge of a process: the embedded broker (or a way to another), the bridge, and the clock that ticks through
both. Made by app.py."""

from __future__ import annotations

from events.log import Log
from events.mqtt import Tls
from events.trace import Hop
from events.writer import Writer
from functions.bridge.bridge import Bridge, Ports, Share
from functions.broker.broker import EmbeddedBroker
from functions.clock.edge import EdgeClock
from functions.clock.pace import Pace
from functions.clock.ticker import Ticker
from functions.crew import Crew
from functions.ingest.body import Limits
from functions.ingest.intake import Intake
from functions.settings import Settings


class MqttEdge:
    """broker: the embedded one, which may have outlived an earlier process; None where the settings name another.
    CannotStart: one line with the cure."""

    def __init__(self, settings: Settings, log: Log, clock: EdgeClock, limits: Limits, hop: Hop) -> None:
        self._clock = clock
        self.broker = None if settings.mqtt else EmbeddedBroker(settings.data / "broker", settings.mqtt_port)
        writer = Writer(log, "bridge", clock.now)
        tenants = settings.tenants
        share = Share(settings.bridge, settings.bridges)
        self._ticker = Ticker(log, writer, *share)
        ports = Ports(
            Intake(writer, limits, hop, ("mqtt", "bridge")),
            clock.now,
            self._ticker.tick,
            lambda tenant: tenant in tenants,
        )
        self.url = self.broker.url if self.broker else settings.mqtt or ""
        self.devices = f"mqtt://127.0.0.1:{self.broker.port}" if self.broker else self.url
        tls = Tls(settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key)
        self._bridge = Bridge(self.url, ports, tls=tls, share=share)

    def start(self, crew: Crew) -> None:
        """Starts its threads."""
        crew.start("bridge", self._bridge.run)
        crew.start("clock", lambda: Pace(self._clock).run(self._bridge.ask, crew.stop))
        if self.broker is not None:
            crew.every("broker", 1.0, self.broker.watch)

    def stop(self) -> None:
        """Takes nothing more; what has arrived is put into the log and acknowledged."""
        self._bridge.stop()

    def last_tick(self) -> int | None:
        """The clock of the last tick that came back through the broker, µs."""
        return self._ticker.last or None

    def trouble(self) -> str | None:
        """What is wrong, in a line."""
        return self._bridge.trouble or self._ticker.trouble(self._clock.now())

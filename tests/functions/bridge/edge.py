"""A bridge with its log, running in a thread, as tests look at it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from events.event import Event
from events.local import LocalLog
from events.mqtt import Tls
from events.payloads import Payload, Refused, Ticked
from events.readings import Readings, Row
from events.types import INBOX
from events.writer import Writer
from functions.bridge.bridge import Bridge, Ports, Share
from functions.clock.ticker import Ticker
from functions.ingest.intake import Intake
from functions.ingest.names import is_tenant
from tests.brokers import eventually

NOW = 1_795_485_650_000_000
ALONE = Share()


class Faulty:
    """An intake that a test can hold up or break before anything is durable."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.open = threading.Event()
        self.open.set()
        self.broken = False

    def take(self, tenant: str, payloads: Sequence[Payload]) -> object:
        self.open.wait()
        if self.broken:
            raise OSError("disk full")
        return self._intake.take(tenant, payloads)

    def flush(self) -> None:
        self._intake.flush()


class Edge:
    """One shard. failure: what `run` raised."""

    def __init__(self, url: str, folder: Path, client_id: str, tls: Tls | None = None, share: Share = ALONE) -> None:
        self.log = LocalLog(folder, 1)
        writer = Writer(self.log, "bridge", lambda: NOW)
        self.inlet = Faulty(Intake(writer))
        ports = Ports(self.inlet, lambda: NOW, Ticker(self.log, writer, *share).tick, is_tenant)
        self.bridge = Bridge(url, ports, client_id, tls=tls, share=share)
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        eventually(lambda: self.bridge.trouble is None or not self._thread.is_alive())

    def events(self) -> list[Event]:
        return [record.event for record in self.log.read(INBOX, 0, 0, 100_000)]

    def rows(self) -> list[Row]:
        return [row for event in self.events() if isinstance(event.data, Readings) for row in event.data.rows()]

    def refused(self) -> list[Refused]:
        return [event.data for event in self.events() if isinstance(event.data, Refused)]

    def ticks(self) -> list[int]:
        return [event.data.clock for event in self.events() if isinstance(event.data, Ticked)]

    def stop(self) -> None:
        self.inlet.open.set()
        self.bridge.stop()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self.stop()
        self.log.close()

    def _run(self) -> None:
        try:
            self.bridge.run()
        except BaseException as failure:
            self.failure = failure

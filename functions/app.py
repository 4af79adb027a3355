"""The composition root: the only place where functions, stores, the log and the edges are wired. Used by __main__.py.

On a laptop all pods run in one process over the local log: a thread for each chain of functions, one for the bridge, one
for the web server. They are the loops, the checkpoints and the functions of production.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from events.handler import Function
from events.local import LocalLog
from events.stream import Stream, chains
from events.writer import Writer
from functions.archive.files import ParquetFiles
from functions.bridge.bridge import Bridge, Ports
from functions.broker.broker import EmbeddedBroker
from functions.catalogue import function
from functions.clock.edge import EdgeClock
from functions.clock.pace import Pace
from functions.clock.ticker import Ticker
from functions.crew import Crew
from functions.devices.router import router as devices
from functions.health import DAY, Health, Part, of_stream
from functions.ingest.body import Limits
from functions.ingest.commit import Commit
from functions.ingest.http import router as ingest
from functions.ingest.intake import Intake
from functions.live.server import Live
from functions.manifest import manifest
from functions.query.router import router as query
from functions.rules.files import load
from functions.rules.router import router as rules
from functions.settings import Settings
from functions.upkeep import Upkeep
from functions.validate.admission import Admission
from functions.web import Server, application
from stores.buffered import BufferedDocuments
from stores.definitions import DefinitionStore
from stores.folder import Folder
from stores.open import Stores, Urls, open_stores

API = "/api/v1"


class Platform:
    """Everything, in this process, over the folder of the settings. Unusable or CannotStart: one line with the cure."""

    def __init__(self, settings: Settings, clock: EdgeClock) -> None:
        self.settings, self._clock, self.crew = settings, clock, Crew()
        self._folder = Folder(settings.data)
        self.log = LocalLog(settings.data / "log", settings.shards)
        self.stores = open_stores(Urls.embedded(settings.data))
        self.definitions = DefinitionStore(self.stores.documents, self._writer("api"))
        load(settings.definitions, self.definitions)
        self.streams = self._streams()
        self.broker = EmbeddedBroker(settings.data / "broker", settings.mqtt_port)
        self.bridge = Bridge(self.broker.url, self._bridge_ports())
        self.health = Health(settings, self.log, self._log_bytes, self._parts())
        self._commit = Commit(Intake(self._writer("http"), self._limits()))
        self._live = Live(self.log, self.health.health, settings.token)
        app = application(self._routers(), self._live, self.health, settings.token)
        self.web = Server(app, settings.listen, settings.port)

    def start(self) -> None:
        """Starts all threads; `crew.stop` is set when one fails."""
        crew = self.crew
        for pod, streams in self.streams.items():
            for stream in streams:
                crew.start(f"{pod}-{stream.functions[0].name}", lambda stream=stream: stream.run(crew.stop))  # type: ignore[misc]
        crew.start("live", lambda: self._live.feed(crew.stop))
        crew.start("web", self.web.run)
        crew.start("bridge", self.bridge.run)
        crew.start("http", self._commit.run)
        crew.start("clock", lambda: Pace(self._clock).run(self.bridge.ask, crew.stop))
        self._start_upkeep()

    def _start_upkeep(self) -> None:
        upkeep = Upkeep(self.settings, self.log, self.stores.series, self.stores.documents, self.health)
        every = [stream for streams in self.streams.values() for stream in streams]
        self.crew.every("broker", 1.0, self.broker.watch)
        self.crew.every("definitions", 10.0, self.definitions.resend)
        self.crew.every("retention", 600.0, lambda: upkeep.retain(every))
        self.crew.every("compaction", 3600.0, upkeep.compact)

    def stop(self) -> None:
        """Ends cleanly: what has come in is handled, saved and acknowledged first."""
        self.bridge.stop()
        self.crew.stop.set()
        self.web.stop()
        self._commit.stop()
        self.crew.join()
        self.log.close()
        self.stores.close()
        self._folder.release()

    def _writer(self, name: str) -> Writer:
        return Writer(self.log, name, self._clock.now)

    def _streams(self) -> Mapping[str, Sequence[Stream]]:
        """Pod → its chains."""
        declared = manifest()
        ports = self._ports()
        taking = {n: function(n, line, ports) for n, line in declared.functions.items() if line.takes}
        return {
            pod: [
                self._stream(pod, group, memory)
                for group, memory in chains([taking[n] for n in run], [*taking.values()])
            ]
            for pod, run in declared.log_pods().items()
        }

    def _stream(self, pod: str, group: Sequence[Function], memory: frozenset[str]) -> Stream:
        name = f"{pod}/{group[0].name}"
        return Stream(name, group, memory, self.log, self.stores.checkpoints(), self.definitions.feed)

    def _ports(self) -> Mapping[str, Any]:
        """What functions may ask for by keyword."""
        settings, stores = self.settings, self.stores
        return {
            "series": stores.series,
            "documents": BufferedDocuments(stores.documents),
            "files": ParquetFiles(stores.objects),
            "admission": Admission(behind=settings.keep_raw * DAY, auto_register=settings.auto_register),
        }

    def _limits(self) -> Limits:
        return Limits(self.settings.payload_bytes, self.settings.payload_metrics)

    def _bridge_ports(self) -> Ports:
        writer = self._writer("bridge")
        ticker = Ticker(self.log, writer)
        intake = Intake(writer, self._limits())
        return Ports(intake, self._clock.now, ticker.tick, lambda tenant: tenant == "main")

    def _routers(self) -> list[tuple[str, APIRouter]]:
        documents, series = self.stores.documents, self.stores.series
        return [
            ("", ingest(self._commit, self._clock.now, self._limits())),
            (API, query(series, documents, self.definitions, self.health)),
            (API, devices(documents, self.definitions)),
            (API, rules(self.definitions, self._writer("commands"))),
        ]

    def _parts(self) -> Mapping[str, Part]:
        pods = {pod: of_stream(streams) for pod, streams in self.streams.items()}
        return {"bridge": lambda: self.bridge.trouble, **pods}

    def _log_bytes(self) -> int:
        return self.log.size()

"""The composition root: the only place where functions, stores, the log and the edges are wired. Used by demo.py and
__main__.py.

On a laptop all pods run in one process over the local log: a thread for each chain of functions, one for the bridge,
one for the web server. They are the loops, the checkpoints and the functions of production.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter

from events.chains import chains, read_topics
from events.definitions import microseconds
from events.handler import Function
from events.pace import Pace
from events.stream import Stream
from events.trace import unseen
from events.writer import Writer
from functions.archive.files import ParquetFiles
from functions.catalogue import asks, elsewhere, function
from functions.clock.edge import EdgeClock
from functions.crew import Crew
from functions.devices.router import router as devices
from functions.engines import Engines
from functions.failpoints import MOMENTS, PORTS, Failpoints
from functions.health import DAY, Health, Part, of_stream
from functions.ingest.body import Limits
from functions.ingest.commit import Commit
from functions.ingest.http import router as ingest
from functions.ingest.intake import Intake
from functions.live.server import Live
from functions.manifest import Manifest, ManifestError, manifest
from functions.metrics import registry
from functions.mqtt_edge import MqttEdge
from functions.query.router import router as query
from functions.rules.files import load
from functions.rules.router import router as rules
from functions.settings import Settings
from functions.tracing import EVERY, Tracing, as_it_is
from functions.upkeep import Upkeep
from functions.validate.admission import Admission
from functions.web import API, Server, application, bound
from stores.buffered import BufferedDocuments
from stores.definitions import DefinitionStore


class Platform:
    """Some pods of the manifest (all, unless told) in this process, over the folder of the settings.

    Unusable, CannotStart or BadFile: one line with the cure. `crew.stop` is set when a part fails.
    """

    def __init__(self, settings: Settings, clock: EdgeClock, pods: Collection[str] | None = None) -> None:
        self.settings, self._clock, self.crew, declared = settings, clock, Crew(), manifest()
        self.pods = [pod for pod in {**declared.pods, **declared.log_pods()} if pods is None or pod in pods]
        self._by = {declared.pods[pod].by for pod in self.pods if pod in declared.pods}
        listening = bound(settings.listen, settings.port)
        self.engines = Engines(settings, _uses(declared, self.pods))
        self.log = self.engines.log
        self.definitions = DefinitionStore(self.engines.documents, self._writer("api"))
        if "api" in self._by:
            load(settings.definitions, self.definitions)
        behind = settings.keep_raw * DAY
        self._limits = Limits(settings.payload_bytes, settings.payload_metrics, behind=behind)
        self._tracing = Tracing(settings.traces, self.pods) if settings.traces is not None else None
        hop = self._tracing.add if self._tracing is not None else unseen
        self._failpoints = _failpoints(settings.failpoints, declared)
        running = self._chains(declared)
        self._groups = {_group(pod, fs): read_topics(fs, memory) for pod, cs in running.items() for fs, memory in cs}
        self.streams = {
            pod: [self._stream(pod, *chain) for chain in running[pod]] for pod in self.pods if pod in running
        }
        self.mqtt = MqttEdge(settings, self.log, clock, self._limits, hop) if "mqtt" in self._by else None
        self.health = Health(settings, self._clock_of_log, self.log.size, self._parts())
        self._commit = Commit(Intake(self._writer("http"), self._limits, hop))
        self._live = Live(self.log, self.health.health, settings.token, hop)
        app = application(self._routers(), self._live, self.health, registry(self.log, self.health), settings.token)
        self.web = Server(app, listening)

    def start(self) -> None:
        """Starts all threads."""
        crew = self.crew
        for stream in (stream for streams in self.streams.values() for stream in streams):
            crew.start(stream.group, partial(stream.run, crew.stop))
        crew.start("web", self.web.run)
        crew.start("http", self._commit.run)
        if "live" in self._by:
            crew.start("live", lambda: self._live.feed(crew.stop))
        if self.mqtt is not None:
            self.mqtt.start(crew)
        self._start_upkeep()

    def stop(self) -> None:
        """Ends cleanly: what has come in is handled, saved and acknowledged first."""
        if self.mqtt is not None:
            self.mqtt.stop()
        self.crew.stop.set()
        self.web.stop()
        self._commit.stop()
        self.crew.join()
        if self._tracing is not None:
            self._tracing.close()
        self.engines.close()

    def _start_upkeep(self) -> None:
        upkeep = Upkeep(self.settings, self.engines, self.health, self._groups)
        self.crew.every("log", 5.0, self.log.look)
        if self._tracing is not None:
            self.crew.every("traces", EVERY, self._tracing.send)
        if "api" in self._by:
            self.crew.every("definitions", 10.0, self.definitions.resend)
        if self.streams:
            self.crew.every("retention", 600.0, upkeep.retain)
            self.crew.every("compaction", 600.0, upkeep.compact)

    def _writer(self, name: str) -> Writer:
        return Writer(self.log, name, self._clock.now)

    def _chains(self, declared: Manifest) -> Mapping[str, Sequence[tuple[list[Function], frozenset[str]]]]:
        """Pod → its chains of functions, each with its topics in memory: of all pods that read the log. Functions of
        other processes stand there by name alone."""
        ports, failpoints = self._ports(), self._failpoints
        traced = self._tracing.traced if self._tracing is not None else as_it_is
        here = {name for pod in self.pods for name in declared.log_pods().get(pod, ())}
        taking = {
            name: traced(function(name, line, ports, failpoints)) if name in here else elsewhere(name, line)
            for name, line in declared.functions.items()
            if line.takes
        }
        return {
            pod: chains([taking[name] for name in run], [*taking.values()]) for pod, run in declared.log_pods().items()
        }

    def _stream(self, pod: str, group: Sequence[Function], memory: frozenset[str]) -> Stream:
        name, pods = _group(pod, group), manifest().pods
        pace = Pace(gather=microseconds(pods[pod].gather) / 1e6) if pod in pods else Pace()
        checkpoints = self._failpoints.checkpoints(self.engines.checkpoints())
        return Stream(name, group, memory, self.log, checkpoints, self.definitions.feed, pace)

    def _ports(self) -> Mapping[str, Any]:
        """What functions may ask for by keyword."""
        settings, engines = self.settings, self.engines
        return {
            **({"series": engines.series} if engines.series is not None else {}),
            "documents": BufferedDocuments(engines.documents),
            "files": ParquetFiles(engines.objects),
            "admission": Admission(behind=settings.keep_raw * DAY, auto_register=settings.auto_register),
        }

    def _routers(self) -> list[tuple[str, APIRouter]]:
        documents, series = self.engines.documents, self.engines.series
        routers = [("", ingest(self._commit, self._clock.now, self._limits))] if "http" in self._by else []
        if "api" in self._by and series is not None:
            routers += [
                (API, query(series, documents, self.definitions, self.health)),
                (API, devices(documents, self.definitions)),
                (API, rules(self.definitions, self._writer("commands"))),
            ]
        return routers

    def _clock_of_log(self) -> int | None:
        """Where another process ticks, the time of day is near enough for a page and for retention."""
        return self.mqtt.last_tick() if self.mqtt is not None else self._clock.now()

    def _parts(self) -> Mapping[str, Part]:
        pods: dict[str, Part] = {pod: of_stream(streams) for pod, streams in self.streams.items()}
        log: dict[str, Part] = {"log": self.log.trouble} if self.engines.local is None else {}
        return {**({"bridge": self.mqtt.trouble} if self.mqtt is not None else {}), **pods, **log}


def _failpoints(text: str, declared: Manifest) -> Failpoints:
    failpoints = Failpoints(text)
    strange = sorted(failpoints.places - PORTS - MOMENTS - set(declared.functions))
    if strange:
        raise ManifestError(f"TIDINGS_FAILPOINTS names {strange[0]!r}: give a function, or a port of {sorted(PORTS)}")
    return failpoints


def _uses(declared: Manifest, pods: Collection[str]) -> set[str]:
    """What some pods need that others do not."""
    functions = {name for pod in pods for name in declared.log_pods().get(pod, ())}
    by = {declared.pods[pod].by for pod in pods if pod in declared.pods}
    asked = {port for name in functions if declared.functions[name].takes for port in asks(name)}
    return (asked & {"series"}) | ({"series"} if "api" in by else set()) | ({"mqtt"} & by)


def _group(pod: str, functions: Sequence[Function]) -> str:
    """The name under which a chain reads the log."""
    return f"{pod}/{functions[0].name}"

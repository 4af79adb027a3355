"""The path of one shard, step by step, each with the CPU that it took. Used by cpu.py.

A function is driven through the chain that hosts it (events/deliver.py), with the rules and profiles of definitions/.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.recorded import START, Group
from events import codec, types
from events.checkpoint import Saved
from events.deliver import Chain, Member
from events.event import Event
from events.local import LocalLog
from events.log import Record
from events.payloads import Ticked
from events.rooted import rooted
from events.writer import Writer
from functions.archive.files import ParquetFiles
from functions.catalogue import function
from functions.ingest.handler import take
from functions.live.connection import Connection
from functions.live.hub import Hub
from functions.manifest import manifest
from functions.rules.files import load
from functions.validate.admission import Admission
from stores.buffered import BufferedDocuments
from stores.definitions import DefinitionStore
from stores.open import Urls, open_stores

Events = list[Event]
SECOND = 1_000_000
FLUSH_EVERY = 2 * SECOND
ROOT = Path(__file__).parents[1]


@dataclass
class Spent:
    """CPU seconds by step, and the readings that they were spent on."""

    readings: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        """Counts what happens in the block as spent on a step."""
        began = time.process_time()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - began

    def a_reading(self, step: str) -> float:
        """µs."""
        return self.seconds[step] / self.readings * 1e6


class Steps:
    """The path of a shard in a folder, step by step."""

    def __init__(self, folder: Path) -> None:
        self.log, self.stores = LocalLog(folder / "log", 1), open_stores(Urls.embedded(folder))
        self._files = ParquetFiles(self.stores.objects)
        definitions = DefinitionStore(self.stores.documents, Writer(self.log, "api", lambda: START))
        load(ROOT / "definitions", definitions)
        self._known = list(definitions.feed(0))
        self._documents = BufferedDocuments(self.stores.documents)
        ports = {
            "series": self.stores.series, "documents": self._documents, "files": self._files,
            "admission": Admission(),
        }  # fmt: skip
        names = ("validate", "score", "alert", "record", "archive", "materialize")
        self._chains = {name: self._chain(name, ports) for name in names}
        self._made: Events = []
        self._hubs = {"live, nobody there": Hub(), "live, one chart": Hub()}
        self._hubs["live, one chart"].connections["1"] = _someone()
        self._writer = Writer(self.log, "bridge", lambda: START)

    def run(self, groups: Iterable[tuple[int, Group]], spent: Spent) -> None:
        """Groups through all steps, with a tick a second and a flush every two."""
        ticked = flushed = 0
        for received, payloads in groups:
            if received - ticked >= SECOND:
                ticked = received
                self._pass([Event(types.CLOCK_TICKED, Ticked(clock=received), received)], spent)
            with spent.on("ingest"):
                _, given = take(Event(types.PAYLOAD_RECEIVED, payloads, received), 1)
            spent.readings += sum(len(event.data) for event in given)
            self._pass(given, spent)
            if received - flushed >= FLUSH_EVERY:
                flushed = received
                self._flush(spent)
        self._cut(spent)

    def close(self) -> None:
        self.log.close()
        self.stores.close()

    def _pass(self, given: Events, spent: Spent) -> None:
        for event in given:
            checked = self._through("validate", [self._taken_in(event, spent)], spent)
            telemetry = [event for event in checked if types.TOPIC[event.type] == types.TELEMETRY]
            self._append("telemetry", telemetry, spent)
            odd = self._through("score", telemetry, spent)
            self._hand_on(telemetry, [*checked, *odd], self._through("alert", [*telemetry, *odd], spent), spent)

    def _hand_on(self, telemetry: Events, made: Events, alerts: Events, spent: Spent) -> None:
        """To all that read along."""
        now = telemetry[0].time if telemetry else 0
        encoded = [codec.write(event) for event in telemetry]
        with spent.on("decode"):
            for each in encoded:
                codec.read(*each)
        self._through("record", telemetry, spent)
        self._through("archive", telemetry, spent)
        lasting = [event for event in (*made, *alerts) if types.TOPIC[event.type] != types.TELEMETRY]
        self._through("materialize", lasting, spent)
        for name, hub in self._hubs.items():
            with spent.on(name):
                for event in (*telemetry, *lasting):
                    list(hub.take(event))
                list(hub.frames(now / SECOND))

    def _taken_in(self, event: Event, spent: Spent) -> Event:
        with spent.on("append to inbox"):
            written = self._writer.append(0, event)
            self._writer.flush()
        return rooted(Record("inbox", 0, self.log.end("inbox", 0) - 1, written))

    def _append(self, topic: str, events: Events, spent: Spent) -> None:
        with spent.on(f"append to {topic}"):
            until = self.log.end(topic, 0) + len(events)
            self.log.append(topic, 0, events)
            self.log.wait(1.0, lambda: self.log.end(topic, 0) >= until)  # as a reader does: nobody flushes it

    def _through(self, name: str, events: Events, spent: Spent) -> Events:
        self._made = []
        inbox = name == "validate"
        with spent.on(name):
            for event in events:
                self._chains[name].give(types.INBOX if inbox else types.TOPIC[event.type], event)
        return self._made

    def _flush(self, spent: Spent) -> None:
        with spent.on("write series"):
            self.stores.series.flush(0)
        with spent.on("materialize"):
            self._documents.flush(0)

    def _cut(self, spent: Spent) -> None:
        with spent.on("write Parquet"):
            self._files.cut(0, "2026-11-23")
            self._files.flush(0)

    def _chain(self, name: str, ports: Mapping[str, Any]) -> Chain:
        member = Member.of(function(name, manifest().functions[name], ports), Saved())
        for event in self._known:
            list(member.handle(event))
        return Chain([member], frozenset(), lambda _topic, event: self._made.append(event))


def _someone() -> Connection:
    """Who looks at four series of a pump."""
    connection = Connection("main")
    connection.subscribe({"id": "1", "devices": ["pump-00007"], "metrics": ["flow", "speed", "power", "current"]})
    return connection

"""What stands on the log of a platform that has ended: the alerts it raised, and whether what it repeated after a crash
is the same to the bit. Used by chaos.py, chaos_servers.py and tests/platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from events import codec
from events.event import Event
from events.local import LocalLog
from events.log import Log, Record
from events.types import INBOX, TOPICS
from functions.engines import open_log
from functions.settings import Settings


class Logged:
    """The log in a data folder. shards: as many as it was made for."""

    def __init__(self, data: Path, shards: int = 2) -> None:
        self._data, self._shards = data, shards

    def events(self, topic: str) -> Iterator[Event]:
        """All of a topic, shard by shard."""
        return (record.event for record in self._records(topic))

    def raised(self, path: Path) -> list[str]:
        """Writes every alert event as a line for `check --log`; the ids of the alerts that were raised."""
        events = list(self.events("alert"))
        with path.open("wb") as file:
            for event in events:
                line = {"type": event.type, "id": event.id, "data": msgspec.to_builtins(event.data)}
                file.write(msgspec.json.encode(line) + b"\n")
        return [event.data.id for event in events if event.type.endswith(".raised")]

    def contradictions(self) -> tuple[int, list[str]]:
        """How many events stand on the log more than once, and those of which two are not the same."""
        repeated, different = 0, []
        for topic in TOPICS:
            held: dict[tuple[int, str, str], tuple[dict[str, str], bytes]] = {}
            for record in self._records(topic) if topic != INBOX else ():
                name = (record.shard, record.event.source, record.event.sequence)
                written = codec.write(record.event)
                repeated += name in held
                if held.setdefault(name, written) != written:
                    different.append(f"{topic} {name}: {held[name]} and {written}"[:2000])
        return repeated, different

    def _open(self) -> Log:
        return LocalLog(self._data / "log", self._shards)

    def _records(self, topic: str) -> Iterator[Record]:
        with closing(self._open()) as log:
            for shard in range(log.shards):
                at, end = log.begin(topic, shard), log.end(topic, shard)
                while at < end and (records := log.read(topic, shard, at, 256)):
                    yield from records
                    at = records[-1].offset + 1


class LoggedOn(Logged):
    """The same of a log that a URL names: as long as nobody appends."""

    def __init__(self, url: str) -> None:
        self._settings = Settings(log=url)

    def _open(self) -> Log:
        return open_log(self._settings)

"""What saving costs those who wait for alerts: `python -m benchmarks.servers_checkpoint`. The stream pod's chain on one
shard with 100,000 series, saved to the real S3 and document servers from a thread while it goes on.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.recorded import METRICS, START, Load
from benchmarks.report import ROOT, Table, show
from events import types
from events.chains import chains
from events.event import Event
from events.local import LocalLog
from events.log import Record
from events.shard import Lane
from events.writer import Writer
from functions.catalogue import elsewhere, function
from functions.ingest.handler import take
from functions.manifest import manifest
from functions.rules.files import load
from functions.validate.admission import Admission
from services.mongo import Mongo
from services.s3 import S3
from stores.definitions import DefinitionStore
from stores.open import open_documents, open_objects
from stores.ports import Documents
from stores.states import StoredCheckpoints

STALL = 20.0
"""ms, asked."""

LOAD = Load("a shard", devices=10_000, interval=6.0, messages=34)
CHAIN = ("validate", "score", "alert")
SAVES = 10


class Save(NamedTuple):
    """took: s; megabytes: of the snapshot; frozen: ms of the loop's thread; longest: ms of one group handled
    meanwhile."""

    took: float
    megabytes: float
    frozen: float
    longest: float


class Shard:
    """The chain of the stream pod, driven group by group."""

    def __init__(self, folder: Path, documents: Documents, checkpoints: StoredCheckpoints) -> None:
        self._log = LocalLog(folder, 1)
        definitions = DefinitionStore(documents, Writer(self._log, "api", lambda: START))
        load(ROOT / "definitions", definitions)
        self._writer = Writer(self._log, "bridge", lambda: START)
        declared, ports = manifest().functions, {"admission": Admission()}
        functions = [function(name, declared[name], ports) for name in CHAIN]
        ((chained, memory),) = chains(functions, [elsewhere(name, each) for name, each in declared.items()])
        self.lane = Lane(chained, memory, 0, self._log, checkpoints, definitions.feed)
        self._groups = LOAD.groups()
        for offset in range(self._log.begin(types.INBOX, 0), self._log.end(types.INBOX, 0)):
            self.lane.give(self._log.read(types.INBOX, 0, offset, 1)[0])

    def events(self) -> Iterator[Record]:
        """What comes in, without end."""
        for received, payloads in self._groups:
            _, given = take(Event(types.PAYLOAD_RECEIVED, payloads, received), 1)
            for event in given:
                written = self._writer.append(0, event)
                self._writer.flush()
                yield Record(types.INBOX, 0, self._log.end(types.INBOX, 0) - 1, written)

    def handled(self, record: Record) -> float:
        """ms that it took."""
        began = time.perf_counter()
        self.lane.give(record)
        if self.lane.trouble:
            raise RuntimeError(self.lane.trouble)
        return (time.perf_counter() - began) * 1000

    def close(self) -> None:
        self._log.close()


def main() -> list[Table]:
    """The table."""
    with (
        tempfile.TemporaryDirectory() as folder, Mongo.running(Path(folder) / "mongo") as mongo,
        S3.running(Path(folder) / "s3") as s3, ThreadPoolExecutor(1) as saver,
    ):  # fmt: skip
        documents, objects = open_documents(mongo.url), open_objects(s3.url)
        shard = Shard(Path(folder) / "log", documents, StoredCheckpoints(objects, documents))
        events = shard.events()
        for record in islice(events, 2 * LOAD.devices // LOAD.messages):
            shard.handled(record)
        gc.collect()
        alone = [shard.handled(record) for record in islice(events, 300)]
        saves = [_saved(shard, events, saver) for _ in range(SAVES)]
        shard.close()
        documents.close()
    return [_table(alone, saves)]


def _saved(shard: Shard, events: Iterator[Record], saver: ThreadPoolExecutor) -> Save:
    """One save under load."""
    began = time.perf_counter()
    frozen = shard.lane.freeze()
    stood = (time.perf_counter() - began) * 1000

    def save() -> float:
        dumped = {name: dump() for name, dump in frozen.items()}
        shard.lane.saved(dumped)
        return sum(len(each.state or b"") for each in dumped.values()) / 1e6

    saving, longest = saver.submit(save), 0.0
    while not saving.done():
        longest = max(longest, shard.handled(next(events)))
    return Save(time.perf_counter() - began, saving.result(), stood, longest)


def _table(alone: list[float], saves: list[Save]) -> Table:
    usual, worst = float(np.median(alone)), float(np.max(alone))
    stall = max(max(save.frozen, save.longest - usual) for save in saves)
    speed = np.median([save.megabytes / save.took for save in saves])
    rows = [
        ["series", f"{LOAD.devices * len(METRICS):,}", "100,000"],
        ["a snapshot", f"{saves[-1].megabytes:.1f} MB", ""],
        ["a save, dumped and written, median", f"{np.median([save.took for save in saves]):.2f} s", ""],
        ["speed beside a loop that never rests, median", f"{speed:.0f} MB/s", ""],
        ["copy in the loop's thread, median and max", _two([save.frozen for save in saves]), ""],
        [f"{LOAD.rows} readings handled, no save: median and max", f"{usual:.1f}, {worst:.1f} ms", ""],
        ["the longest of them during a save, median and max", _two([save.longest for save in saves]), ""],
        ["longest stall: the copy, or a handling beyond the usual", f"{stall:.1f} ms", f"≤ {STALL:g} ms"],
    ]
    return Table("Checkpoint of validate, score and alert", ["", "measured", "asked"], rows)


def _two(took: list[float]) -> str:
    return f"{np.median(took):.1f}, {np.max(took):.1f} ms"


if __name__ == "__main__":
    show(main())

"""The port of archive: open Parquet files in memory, cut ones in the object store. Wired by functions/app.py.

An open file is on no disk. So the host saves no position while one is open (`settled`), and flushes and saves when
files were cut, before the next record opens new ones (`due`).
"""

from __future__ import annotations

from collections import defaultdict

from events.readings import Readings
from functions.archive import manifest
from functions.archive.parquet import Writer
from stores.ports import Objects, Origin


class ParquetFiles:
    """Open and cut files by shard."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._open: defaultdict[int, dict[str, Writer]] = defaultdict(dict)
        self._cut: defaultdict[int, dict[str, bytes]] = defaultdict(dict)

    def append(self, origin: Origin, readings: Readings) -> None:
        """Adds readings to the open file of their tenant; the row of an event is its index here."""
        if not len(readings):
            return
        writers = self._open[origin.shard]
        if origin.tenant not in writers:
            writers[origin.tenant] = Writer(origin)
        writers[origin.tenant].write(origin.offset, readings)

    def cut(self, shard: int, day: str) -> None:
        """Closes the open files of a shard. day: `2026-11-24`, of the clock at their first record."""
        for tenant, writer in self._open.pop(shard, {}).items():
            folder = f"{manifest.folder(tenant)}day={day}/shard={shard}/"
            self._cut[shard][f"{folder}{writer.first:016d}-{writer.last:016d}.parquet"] = writer.close()

    def due(self, shard: int) -> bool:
        """Whether files were cut and not yet written: flush and save now."""
        return bool(self._cut.get(shard))

    def settled(self, shard: int) -> bool:
        """Whether nothing is held in memory alone."""
        return not self._open.get(shard) and not self._cut.get(shard)

    def flush(self, shard: int) -> None:
        """Writes cut files, each before its line in the manifest."""
        for name, body in self._cut.pop(shard, {}).items():
            self._objects.put(name, body)
            manifest.add(self._objects, name, body)

    def discard(self, shard: int) -> None:
        """Throws away what is held for a shard."""
        self._open.pop(shard, None)
        self._cut.pop(shard, None)

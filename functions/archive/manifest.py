"""The manifest of the archive: what each file holds, so that nobody opens them all. Used by files.py and by readers.

It stands beside the files of a day and shard, `…/day=D/shard=S/manifest.json`: each has one writer and is no longer
than a day. It says nothing that the files' names and footers do not, so `rebuild` can write it again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from events.times import EPOCH, rfc3339
from stores.ports import Objects

_MICROSECOND = timedelta(microseconds=1)

Entry = dict[str, Any]
"""`{"name", "first", "last", "rows", "from", "to", "bytes"}`: inbox offsets, and device times (RFC 3339)."""


def folder(tenant: str) -> str:
    """Where the files of a tenant are."""
    return f"archive/tenant={tenant}/"


def entry(name: str, body: bytes) -> Entry:
    """What a file holds, by its name and footer."""
    footer = pq.read_metadata(pa.BufferReader(body))
    time = footer.schema.names.index("time")
    ranges = [footer.row_group(group).column(time).statistics for group in range(footer.num_row_groups)]
    first, last = name.rsplit("/", 1)[1].removesuffix(".parquet").split("-")
    oldest, newest = min(some.min for some in ranges), max(some.max for some in ranges)
    return {
        "name": name, "first": int(first), "last": int(last), "rows": footer.num_rows,
        "from": _text(oldest), "to": _text(newest), "bytes": len(body),
    }  # fmt: skip


def add(objects: Objects, name: str, body: bytes) -> None:
    """Adds a file to the manifest beside it; once, however often it is said."""
    path = _beside(name)
    held = _read(objects, path)
    _write(objects, path, [*(other for other in held if other["name"] != name), entry(name, body)])


def files(objects: Objects, tenant: str) -> list[Entry]:
    """All files of a tenant, in order of their names."""
    names = objects.names(folder(tenant))
    found = (held for name in names if name.endswith("/manifest.json") for held in _read(objects, name))
    return sorted(found, key=lambda held: str(held["name"]))


def rebuild(objects: Objects, tenant: str) -> None:
    """Writes the manifests of a tenant again, from names and footers."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    names = objects.names(folder(tenant))
    for name in names:
        body = objects.get(name) if name.endswith(".parquet") else None
        if body is not None:
            found[_beside(name)].append(entry(name, body))
    for path, entries in found.items():
        _write(objects, path, entries)
    for name in names:
        if name.endswith("/manifest.json") and name not in found:
            objects.delete(name)


def _beside(name: str) -> str:
    return name.rsplit("/", 1)[0] + "/manifest.json"


def _read(objects: Objects, path: str) -> list[Entry]:
    body = objects.get(path)
    held: list[Entry] = orjson.loads(body)["files"] if body is not None else []
    return held


def _write(objects: Objects, path: str, entries: list[Entry]) -> None:
    in_order = sorted(entries, key=lambda held: str(held["name"]))
    objects.put(path, orjson.dumps({"files": in_order}, option=orjson.OPT_INDENT_2))


def _text(time: Any) -> str:
    return rfc3339((time - EPOCH) // _MICROSECOND)

"""The archive: where files are cut, what they hold, a repeat writes the same bytes, the manifest can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from events import types
from events.blob import Part
from events.event import Event, root_sequence, root_source
from events.payloads import Ticked
from events.readings import Readings, Row
from events.state import State
from functions.archive import manifest
from functions.archive.files import ParquetFiles
from functions.archive.handler import LAYOUT, MOST_ROWS, handle

DAY = 86_400_000_000
NOON = 20_416 * DAY + DAY // 2
MINUTE = 60_000_000


class Memory:
    """Objects in a dict."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, name: str, body: Part) -> None:
        self.held[name] = bytes(body)

    def get(self, name: str) -> bytes | None:
        return self.held.get(name)

    def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.held if name.startswith(prefix))

    def delete(self, name: str) -> None:
        del self.held[name]

    def files(self) -> list[str]:
        return [name for name in self.names("archive/") if name.endswith(".parquet")]


def telemetry(offset: int, rows: Iterable[Row], tenant: str = "main") -> Event:
    return _event(offset, types.TELEMETRY_VALIDATED, Readings.of(rows), tenant)


def tick(offset: int, clock: int) -> Event:
    return _event(offset, types.CLOCK_TICKED, Ticked(clock=clock))


def _event(offset: int, type: str, data: object, tenant: str = "main") -> Event:
    source = f"{root_source(1)}/validate"
    return Event(type, data, NOON, tenant=tenant, source=source, sequence=f"{root_sequence(offset)}.000000")


def rows(n: int, time: int = NOON) -> Iterator[Row]:
    return (Row("pump-1", "flow", time + i, time + i, 1.5 * i) for i in range(n))


def run(events: Iterable[Event]) -> tuple[Memory, ParquetFiles, list[Event]]:
    """All events, flushed when the port asks for it."""
    objects, state = Memory(), State(LAYOUT)
    files, given = ParquetFiles(objects), []
    for event in events:
        given += list(handle(event, state=state, files=files))
        if files.due(1):
            files.flush(1)
    return objects, files, given


def test_a_file_is_cut_ten_minutes_after_its_first_record() -> None:
    early = [tick(0, NOON), telemetry(1, rows(2)), telemetry(2, rows(1)), tick(3, NOON + 10 * MINUTE - 1)]
    objects, files, _ = run(early)
    assert (objects.files(), files.settled(1)) == ([], False)
    objects, files, _ = run([*early, tick(4, NOON + 10 * MINUTE)])
    assert objects.files() == ["archive/tenant=main/day=2025-11-24/shard=1/0000000000000001-0000000000000002.parquet"]
    assert files.settled(1)


def test_a_file_ends_with_the_day_of_the_clock() -> None:
    midnight = NOON + DAY // 2
    events = [tick(0, midnight - 1), telemetry(1, rows(1)), tick(2, midnight), telemetry(3, rows(1))]
    objects, _, _ = run([*events, tick(4, midnight + 10 * MINUTE)])
    assert [name.split("/")[2:] for name in objects.files()] == [
        ["day=2025-11-24", "shard=1", "0000000000000001-0000000000000001.parquet"],
        ["day=2025-11-25", "shard=1", "0000000000000003-0000000000000003.parquet"],
    ]


def test_a_file_is_cut_when_it_is_full() -> None:
    many = Readings.of(rows(1)).take(np.zeros(MOST_ROWS // 2 - 1, np.int64))
    events = (_event(offset, types.TELEMETRY_VALIDATED, many) for offset in range(1, 5))
    objects, files, _ = run([tick(0, NOON), *events])
    assert [entry["rows"] for entry in manifest.files(objects, "main")] == [3 * len(many)]
    assert not files.settled(1)


def test_a_file_holds_what_came_in_the_order_of_the_log() -> None:
    given = [
        Row("pump-1", "flow", NOON, NOON + 1, 2.5),
        Row("pump-1", "mode", NOON, NOON + 1, float("nan"), "auto"),
        Row("pump-1", "flow", NOON - 7, NOON + 2, -1.0, None, True, True),
    ]
    objects, _, _ = run([tick(0, NOON), telemetry(1, given), telemetry(2, given[:1]), tick(3, NOON + 10 * MINUTE)])
    table = pq.read_table(pa.BufferReader(objects.held[objects.files()[0]]))
    assert table.column_names == [
        "device", "metric", "time", "received", "value", "text", "late", "revised", "offset", "row"
    ]  # fmt: skip
    assert table["value"].to_pylist() == [2.5, None, -1.0, 2.5]
    assert table["text"].to_pylist() == [None, "auto", None, None]
    assert table["time"].cast(pa.int64()).to_pylist() == [NOON, NOON, NOON - 7, NOON]
    assert list(zip(table["offset"].to_pylist(), table["row"].to_pylist(), strict=True)) == [
        (1, 0), (1, 1), (1, 2), (2, 0)
    ]  # fmt: skip
    assert table["late"].to_pylist() == table["revised"].to_pylist() == [False, False, True, False]


def test_tenants_have_files_of_their_own_cut_together() -> None:
    objects, files, _ = run([
        tick(0, NOON), telemetry(1, rows(1)), tick(2, NOON + 9 * MINUTE), telemetry(3, rows(1), "other"),
        tick(4, NOON + 10 * MINUTE),
    ])  # fmt: skip
    assert [name.split("/")[1] for name in objects.files()] == ["tenant=main", "tenant=other"]
    assert files.settled(1)


def test_a_repeat_from_the_first_record_writes_the_same_bytes() -> None:
    events = [tick(0, NOON), *(telemetry(i, rows(50_000, NOON + i)) for i in range(1, 4)), tick(4, NOON + 10 * MINUTE)]
    objects, files = Memory(), ParquetFiles(Memory())
    state = State(LAYOUT)
    for event in events[:3]:
        list(handle(event, state=state, files=files))
    files.discard(1)
    assert files.settled(1)
    objects, _, _ = run(events)
    again, _, _ = run(events)
    assert objects.held == again.held
    assert len(objects.files()) == 1


def test_the_manifest_can_be_rebuilt() -> None:
    events = [tick(0, NOON), telemetry(1, rows(2)), tick(2, NOON + 10 * MINUTE), telemetry(3, rows(1))]
    objects, _, _ = run([*events, tick(4, NOON + 20 * MINUTE)])
    entries = manifest.files(objects, "main")
    assert [(entry["first"], entry["last"], entry["rows"]) for entry in entries] == [(1, 1, 2), (3, 3, 1)]
    assert (entries[0]["from"], entries[0]["to"]) == ("2025-11-24T12:00:00.000000Z", "2025-11-24T12:00:00.000001Z")
    assert [entry["bytes"] for entry in entries] == [len(objects.held[name]) for name in objects.files()]
    before = dict(objects.held)
    for name in objects.names("archive/"):
        if name.endswith("manifest.json"):
            objects.put(name, b'{"files": []}')
    manifest.rebuild(objects, "main")
    assert objects.held == before


def test_the_ledger_counts_what_was_kept() -> None:
    late = Row("pump-1", "flow", NOON - 9, NOON, 1.0, None, True)
    _, _, given = run([tick(0, NOON), telemetry(1, [*rows(2), late]), tick(2, NOON + MINUTE)])
    (counted,) = given
    assert (counted.type, counted.data.stage, counted.data.in_, counted.data.late) == (
        types.LEDGER_COUNTED, "archive", 3, 1
    )  # fmt: skip

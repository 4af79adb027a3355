"""The local log beyond the contract: crashes, a full disk, trimming, folders that are not its own."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from events import local_tail
from events.codec import Malformed
from events.event import Event
from events.local import Broken, LocalLog, Unusable
from events.local_tail import Tail
from events.log import OutOfRange, Record
from tests.events.logs import batch, drained, numbers, tick

ROOT = Path(__file__).parents[2]

APPENDS = """
import sys
from pathlib import Path
from threading import Thread
from events.local import LocalLog
from tests.events.logs import batch, tick
log = LocalLog(Path(sys.argv[1]), 2)
n = log.end("inbox", 0)
while True:
    log.append("inbox", 0, [tick(n), batch(n + 1)])
    log.append("telemetry", 0, [tick(n)])
    if n % 8 == 0:
        log.flush()
        print(n + 2, flush=True)
    n += 2
"""

FILLS = """
import resource, signal, sys
from pathlib import Path
from threading import Thread
from events.local import Broken, LocalLog
from tests.events.logs import batch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = LocalLog(Path(sys.argv[1]), 2)
log.append("inbox", 0, [batch(0)])
log.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    for n in range(1, 1000):
        log.append("inbox", 0, [batch(n, 100)])
        log.flush()
except Broken as error:
    print(error)
    try:
        log.append("inbox", 0, [batch(0)])
    except Broken:
        print("still broken")
"""


def _child(script: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_what_was_flushed_outlives_a_kill(tmp_path: Path) -> None:
    flushed = 0
    for lines in (3, 20, 7):
        child = _child(APPENDS, tmp_path)
        assert child.stdout is not None
        for _ in range(lines):
            flushed = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        log = LocalLog(tmp_path, 2)
        end = log.end("inbox", 0)
        assert end >= flushed
        records = [r for at in range(0, end, 50) for r in log.read("inbox", 0, at, 50)]
        assert [r.offset for r in records] == list(range(end))
        assert numbers(records) == list(range(end))
        assert log.end("telemetry", 0) >= flushed // 2
        log.close()


def test_a_full_disk_is_told_at_the_flush_and_ever_after(tmp_path: Path) -> None:
    child = _child(FILLS, tmp_path)
    told, _ = child.communicate(timeout=20)
    first, second = told.splitlines()
    assert "log.sqlite cannot be written" in first
    assert second == "still broken"
    log = LocalLog(tmp_path, 2)
    end = log.end("inbox", 0)
    assert numbers([r for at in range(0, end, 50) for r in log.read("inbox", 0, at, 50)]) == list(range(end))
    log.close()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    with pytest.raises(Unusable, match="in use by another process"):
        LocalLog(tmp_path, 2)
    log.close()
    LocalLog(tmp_path, 2).close()


def test_another_number_of_shards_is_refused_with_the_cure(tmp_path: Path) -> None:
    LocalLog(tmp_path, 2).close()
    with pytest.raises(Unusable, match="made for 2 shards, not 4: set the number of shards to 2"):
        LocalLog(tmp_path, 4)


def test_another_layout_is_refused_with_the_cure(tmp_path: Path) -> None:
    LocalLog(tmp_path, 2).close()
    file = sqlite3.connect(tmp_path / "log.sqlite")
    file.execute("PRAGMA user_version=99")
    file.close()
    with pytest.raises(Unusable, match="layout 99, this version reads layout 1: run the version that made it"):
        LocalLog(tmp_path, 2)


def test_an_event_without_a_form_on_the_wire_is_told_at_once(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    with pytest.raises(Malformed, match="id: missing"):
        log.append("inbox", 0, [tick(1), Event("a.type", {}, 1, source="/x")])
    log.append("inbox", 0, [tick(2)])
    log.flush()
    assert numbers(log.read("inbox", 0, 0, 9)) == [2]
    log.close()


@pytest.mark.parametrize(("topic", "shard"), [("inbox", 2), ("inbox", -1), ('In"box', 0), ("", 0)])
def test_a_place_that_is_not_there_is_refused(tmp_path: Path, topic: str, shard: int) -> None:
    log = LocalLog(tmp_path, 2)
    with pytest.raises(ValueError, match="no such topic and shard"):
        log.append(topic, shard, [tick(1)])
    log.close()


def test_trimming_lets_go_of_the_beginning_for_good(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.append("inbox", 0, map(tick, range(1300)))
    log.append("inbox", 1, [tick(1)])
    log.flush()
    log.trim("inbox", 0, 1200)
    log.trim("inbox", 1, 1)
    assert (log.begin("inbox", 0), log.end("inbox", 0)) == (1200, 1300)
    assert (log.begin("inbox", 1), log.end("inbox", 1)) == (1, 1)
    with pytest.raises(OutOfRange):
        log.read("inbox", 0, 1199, 1)
    log.close()
    again = LocalLog(tmp_path, 2)
    assert (again.begin("inbox", 0), again.begin("inbox", 1), again.end("inbox", 1)) == (1200, 1, 1)
    again.append("inbox", 1, [tick(2)])
    again.flush()
    assert [r.offset for r in again.read("inbox", 1, 1, 9)] == [1]
    assert numbers(again.read("inbox", 0, 1200, 1)) == [1200]
    again.close()


def test_a_reader_that_was_trimmed_away_stops(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.append("inbox", 0, map(tick, range(3)))
    log.flush()
    reader = log.reader("slow", ["inbox"])
    reader.seek(("inbox", 0), 0)
    log.trim("inbox", 0, 2)
    with pytest.raises(OutOfRange, match="inbox/0 holds offsets 2 to below 3, not 0"):
        reader.poll(0)
    log.close()


def test_a_record_that_is_gone_is_told_and_not_passed_over(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.append("inbox", 0, map(tick, range(2 * local_tail.RECORDS)))
    log.flush()
    damaged = sqlite3.connect(tmp_path / "log.sqlite")
    with damaged:
        damaged.execute('DELETE FROM "inbox/0" WHERE position = 7')
    damaged.close()
    assert numbers(log.read("inbox", 0, 8, 2)) == [8, 9]
    assert numbers(log.read("inbox", 0, 5, 9)) == [5, 6]
    with pytest.raises(OutOfRange, match="inbox/0 has lost offset 7"):
        log.read("inbox", 0, 7, 1)
    log.close()


def test_records_are_found_by_the_time_of_their_append(tmp_path: Path) -> None:
    times = iter([100, 200, 300])
    log = LocalLog(tmp_path, 2, clock=lambda: next(times))
    for n in range(3):
        log.append("inbox", 0, [tick(2 * n), tick(2 * n + 1)])
    log.flush()
    assert [log.offset_at("inbox", 0, time) for time in (0, 100, 101, 200, 300, 301)] == [0, 0, 2, 2, 4, 6]
    log.close()


def test_positions_are_kept(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.reader("store", ["inbox"]).commit({("inbox", 0): 5})
    log.reader("live", ["inbox"]).commit({("inbox", 0): 7})
    log.close()
    again = LocalLog(tmp_path, 2)
    again.reader("store", ["inbox"]).commit({("inbox", 0): 6, ("inbox", 1): 1})
    again.close()
    last = LocalLog(tmp_path, 2)
    assert last.positions() == {("store", ("inbox", 0)): 6, ("store", ("inbox", 1)): 1, ("live", ("inbox", 0)): 7}
    last.close()


def test_who_reads_along_shares_the_event_and_who_comes_late_gets_its_equal(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    event = batch(0)
    log.append("inbox", 0, [event])
    log.append("inbox", 0, map(batch, range(1, local_tail.RECORDS + 1)))
    log.flush()
    assert log.read("inbox", 0, 1, 1)[0].event is log.read("inbox", 0, 1, 1)[0].event
    late = log.read("inbox", 0, 0, 1)[0].event
    assert late is not event
    assert list(late.data.rows()) == list(event.data.rows())
    log.close()


def test_a_reader_passes_from_the_file_to_the_tail_without_a_gap(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.append("inbox", 0, map(tick, range(2 * local_tail.RECORDS)))
    log.flush()
    reader = log.reader("late", ["inbox"])
    reader.seek(("inbox", 0), 0)
    assert numbers(drained(reader, 2 * local_tail.RECORDS)) == list(range(2 * local_tail.RECORDS))
    log.close()


def test_a_poll_ends_when_the_log_is_closed(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 2)
    log.close()
    with pytest.raises(Broken, match="closed"):
        log.append("inbox", 0, [tick(1)])


def test_readers_see_every_record_in_order_while_others_append_and_trim(tmp_path: Path) -> None:
    log, records = LocalLog(tmp_path, 2), 1500
    seen: dict[int, list[int]] = {0: [], 1: []}

    def append(shard: int) -> None:
        for n in range(records):
            log.append("inbox", shard, [tick(n)])

    def read(shard: int) -> None:
        reader = log.reader("follower", ["inbox"], [shard])
        reader.seek(("inbox", shard), 0)
        while len(seen[shard]) < records:
            polled = reader.poll(5)
            assert polled
            seen[shard] += [record.offset for record in polled]
            log.trim("inbox", shard, polled[-1].offset)

    threads = [Thread(target=act, args=(shard,)) for act in (append, read) for shard in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert seen == {0: list(range(records)), 1: list(range(records))}
    log.close()
    again = LocalLog(tmp_path, 2)
    assert numbers(again.read("inbox", 0, again.begin("inbox", 0), 10)) == [records - 1]
    again.close()


def test_the_tail_is_bounded_by_records_and_by_bytes() -> None:
    tail = Tail()
    for offset in range(local_tail.RECORDS + 10):
        tail.add(Record("inbox", 0, offset, tick(offset)), 1)
    assert tail.read(9, 5) is None
    assert [record.offset for record in tail.read(10, 3) or []] == [10, 11, 12]
    tail.add(Record("inbox", 0, local_tail.RECORDS + 10, tick(0)), local_tail.BYTES)
    assert tail.read(local_tail.RECORDS + 9, 5) is None
    assert len(tail.read(local_tail.RECORDS + 10, 5) or []) == 1

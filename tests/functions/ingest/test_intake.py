"""What an edge takes is in the inbox of its shard, and counted."""

from __future__ import annotations

from pathlib import Path

from events.local import LocalLog
from events.log import shard_of
from events.payloads import Payload
from events.types import INBOX
from events.writer import Writer
from functions.ingest.intake import Intake

NOW = 1_795_485_650_000_000


def test_each_shard_gets_its_own_and_all_is_counted(tmp_path: Path) -> None:
    log = LocalLog(tmp_path, 4)
    intake = Intake(Writer(log, "edge", lambda: NOW))
    bodies = [b'{"a": 1, "b": 2}', b"{}", b'{"a": null, "b": 1}']
    outcomes = intake.take("main", [Payload(f"d{i}", bodies[i % 3], "", NOW) for i in range(30)])
    intake.flush()
    assert [outcome.readings for outcome in outcomes] == [2, 0, 1] * 10
    assert intake.counts == {"messages": 30, "readings": 30, "refused/empty": 10, "refused/not_a_number": 10}
    for shard in range(4):
        events = [record.event for record in log.read(INBOX, shard, 0, 100)]
        devices = {name for event in events for name in getattr(event.data, "devices", (event.subject,))}
        assert {shard_of("main", device, 4) for device in devices} <= {shard}
        assert [event.sequence for event in events] == [str(i + 1) for i in range(len(events))]
    log.close()

"""The last records of a topic and shard, kept as events: who reads along (record, archive, live) need not decode again.
Used by local.py under its lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from events.log import Record

RECORDS = 512
BYTES = 8 << 20


class Tail:
    """The end of one topic and shard, without holes: at most RECORDS records of together BYTES bytes on the wire."""

    def __init__(self) -> None:
        self._records: deque[tuple[Record, int]] = deque()
        self._bytes = 0

    def add(self, record: Record, size: int) -> None:
        """Adds the next record."""
        self._records.append((record, size))
        self._bytes += size
        while len(self._records) > RECORDS or self._bytes > BYTES:
            self._bytes -= self._records.popleft()[1]

    def read(self, offset: int, limit: int) -> Sequence[Record] | None:
        """Up to `limit` records from an offset on; None if it lies before what is kept."""
        if not self._records or offset < self._records[0][0].offset:
            return None
        start = offset - self._records[0][0].offset
        return [record for record, _ in islice(self._records, start, start + limit)]

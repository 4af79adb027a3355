"""Small records made smaller: compressed against a dictionary of what all of them share (the schema of the columns, the
names of attributes), which is most of a small one. Used by local_file.py, which keeps the dictionary beside them."""

from __future__ import annotations

import struct
from threading import local

import msgspec
import zstandard

from events import packed, types
from events.event import Event
from events.readings import Readings, Row

LEVEL = 1
_HEAD = struct.Struct("<I")


class Squeeze:
    """Any thread may use it."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._tools = local()

    def packed(self, attributes: bytes, body: bytes) -> bytes:
        """Both as one."""
        if not hasattr(self._tools, "compress"):
            tool = zstandard.ZstdCompressor(LEVEL, dict_data=self._dictionary, write_checksum=True)
            self._tools.compress = tool.compress
        packed: bytes = self._tools.compress(_HEAD.pack(len(attributes)) + attributes + body)
        return packed

    def unpacked(self, packed: bytes) -> tuple[bytes, bytes]:
        """Attributes and body."""
        if not hasattr(self._tools, "decompress"):
            self._tools.decompress = zstandard.ZstdDecompressor(dict_data=self._dictionary).decompress
        whole: bytes = self._tools.decompress(packed)
        end = _HEAD.size + _HEAD.unpack_from(whole)[0]
        return whole[_HEAD.size : end], whole[end:]


def sample() -> bytes:
    """A dictionary: a telemetry event as it is written. Kept with the records, so that it may differ tomorrow."""
    time = 1_795_000_000_000_000
    rows = [Row(f"device-000{n}", name, time + n, time + 500, 20.5) for n in range(2) for name in ("temperature", "x")]
    source, sequence = "/inbox/0/validate", "0000000000000000.000000"
    data = Readings.of(rows)
    event = Event(types.TELEMETRY_VALIDATED, data, time, id=sequence, source=source, sequence=sequence, prior=sequence)
    attributes, body = packed.write(event)
    return msgspec.json.encode(attributes) + body

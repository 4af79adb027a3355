"""A socket that reads ahead and writes behind, for paho, which asks for a byte here and two there. Used by
mqtt_session.py.

Each call of the kernel lets another thread have the interpreter, and getting it back may take 5 ms where that one
computes: four calls a message were most of what a message cost.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

AHEAD = 65536
"""Bytes read at once."""

_AT_ONCE: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux alone has it, and forgets it. Else the kernel waits for our next packet to tell the broker that its last one
came, and a broker that keeps small packets back until then (Nagle) sends a message only with our acknowledgements of
others."""

_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Buffered:
    """What paho needs of a socket. Nothing leaves it before `flush` or `close`. failure: of TLS, which paho hides."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._ahead, self._at = b"", 0
        self._behind = bytearray()
        self.failure: ssl.SSLError | None = None

    @property
    def unsent(self) -> bool:
        return bool(self._behind)

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; b"" at the end, BlockingIOError if there are none yet."""
        if self._at == len(self._ahead):
            self._ahead, self._at = self._received(), 0
            if _AT_ONCE is not None:
                self._socket.setsockopt(socket.IPPROTO_TCP, _AT_ONCE, 1)
        found = self._ahead[self._at : self._at + size]
        self._at += len(found)
        return found

    def _received(self) -> bytes:
        try:
            return self._socket.recv(AHEAD)
        except _LATER:
            raise
        except ssl.SSLError as failure:
            self.failure = failure
            raise

    def pending(self) -> int:
        """Bytes that can be read though the kernel has none."""
        waiting = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return len(self._ahead) - self._at + waiting

    def send(self, data: bytes | bytearray) -> int:
        """Takes everything."""
        self._behind += data
        return len(data)

    def flush(self) -> None:
        """Sends what the kernel takes now. OSError if the connection is gone."""
        with suppress(*_LATER):
            while self._behind:
                del self._behind[: self._socket.send(self._behind)]

    def close(self) -> None:
        with suppress(OSError):
            self.flush()
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        self._socket.setblocking(flag)

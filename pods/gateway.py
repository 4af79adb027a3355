"""One address for the page and the pods behind it, as an ingress is in a cluster. Used by `python -m pods`.

Each connection carries one request: which pod it belongs to is read from its head alone (RFC 9112, section 9.6).
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

ROUTES = (
    ("live", re.compile(rb"[A-Z]+ /socket\.io/")),
    ("ingest", re.compile(rb"POST (/events|/api/v1/devices/[^/ ]+/telemetry)[ ?]")),
    ("api", re.compile(rb"")),
)
"""Pod → the request lines it is given; the first that fits."""

CONNECTION = re.compile(rb"\r\nConnection:[^\r]*", re.IGNORECASE)
UPGRADE = re.compile(rb"\r\nUpgrade:", re.IGNORECASE)
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class Gateway:
    """Listens on 127.0.0.1 as long as the context lasts. OSError: the port cannot be had."""

    def __init__(self, port: int) -> None:
        try:
            self._socket = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            raise OSError(
                f"port {port} of 127.0.0.1 cannot be had ({error.strerror}): choose another, PORT=…"
            ) from error
        self.port: int = self._socket.getsockname()[1]
        self._ports: Mapping[str, int] = {}
        self._loop = asyncio.new_event_loop()

    def route(self, ports: Mapping[str, int]) -> None:
        """Pod → its port."""
        self._ports = ports

    def __enter__(self) -> Gateway:
        # Here, and not in the thread: that may be asked to stop before it has begun.
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._thread = threading.Thread(target=self._run, args=[server], name="gateway", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._socket.close()

    def _run(self, server: asyncio.Server) -> None:
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(task)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            try:
                there, back = await asyncio.open_connection("127.0.0.1", self._port(head))
            except (OSError, KeyError):
                writer.write(AWAY)
                return
            back.write(head if UPGRADE.search(head) else alone(head))
            sending = asyncio.create_task(_pass(reader, back))
            await _pass(there, writer)
            sending.cancel()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked is gone
        finally:
            writer.close()

    def _port(self, head: bytes) -> int:
        return self._ports[next(pod for pod, pattern in ROUTES if pattern.match(head))]


def alone(head: bytes) -> bytes:
    """The head of a request that is the only one of its connection."""
    line, rest = CONNECTION.sub(b"", head).split(b"\r\n", 1)
    return line + b"\r\nConnection: close\r\n" + rest


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the one ends; then the other is told."""
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()

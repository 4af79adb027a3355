"""A server before InfluxDB that passes everything on until it is told to behave badly. Used by chaos_place.py."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

PATIENCE = 60.0
"""Seconds for the server behind."""

Answer = tuple[int, bytes]
DROPPED = ("content-encoding", "content-length", "transfer-encoding", "connection", "host")


class BadInflux:
    """behave: what becomes of a write (None: it is passed on)."""

    def __init__(self, url: str) -> None:
        real = urlsplit(url)
        self.address = (real.hostname or "", real.port or 8086)
        self.behave: Callable[[BadInflux, Handler, bytes], Answer | None] | None = None
        self.well = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"influx": self}))
        self._server.daemon_threads = True
        port = self._server.server_address[1]
        self.url = urlunsplit(real._replace(netloc=f"{real.username}@127.0.0.1:{port}"))

    def forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the real server answers; 502 where it is away."""
        with closing(http.client.HTTPConnection(*self.address, timeout=PATIENCE)) as connection:
            try:
                connection.request(method, path, body, dict(headers))
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                return 502, repr(error).encode()

    def __enter__(self) -> BadInflux:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.well.set()
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection of the platform."""

    protocol_version = "HTTP/1.1"
    influx: BadInflux

    def answer(self) -> None:
        """Any request."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        behave = self.influx.behave if self.path.startswith("/api/v2/write") else None
        said = behave(self.influx, self, body) if behave else self.passed(body)
        if said is None:
            self.close_connection = True
            return
        status, text = said
        with suppress(OSError):  # who asked may have gone
            self.send_response(status)
            if status != 204:
                self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def passed(self, body: bytes) -> Answer:
        """As it came."""
        kept = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED[1:]}
        return self.influx.forward(self.command, self.path, kept, body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def busy(_influx: BadInflux, _handler: Handler, _body: bytes) -> Answer:
    """Overloaded."""
    return 503, b'{"code":"unavailable","message":"on purpose"}'


def in_part(influx: BadInflux, handler: Handler, body: bytes) -> Answer:
    """Writes every other line and refuses the rest."""
    lines = gzip.decompress(body).splitlines(keepends=True)
    kept = {name: value for name, value in handler.headers.items() if name.lower() not in DROPPED}
    influx.forward("POST", handler.path, kept, b"".join(lines[::2]))
    return 400, b'{"code":"invalid","message":"partial write: on purpose dropped=1"}'


def nothing(influx: BadInflux, _handler: Handler, _body: bytes) -> None:
    """Takes it and never answers."""
    influx.well.wait()

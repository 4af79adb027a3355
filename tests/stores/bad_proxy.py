"""A server between a store and a real one that behaves badly when told to. Used by test_series_influx.py."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit, urlunsplit

Answer = tuple[int, dict[str, str], bytes]


class BadProxy:
    """Passes on all but writes, for which `behave` may stand: it is given the headers and the body, and gives an
    answer, or None for none at all."""

    def __init__(self, url: str) -> None:
        self.real, self.url = urlsplit(url), url
        self.behave: Callable[[dict[str, str], bytes], Answer | None] | None = None
        self.over = threading.Event()
        self.questions = 0
        self.writes: list[tuple[dict[str, str], bytes]] = []

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """As the real server answers."""
        connection = http.client.HTTPConnection(self.real.hostname or "", self.real.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {"content-type": answer.headers.get("content-type", "")}, answer.read()
        finally:
            connection.close()

    def write_half(self, headers: dict[str, str], body: bytes) -> Answer:
        """The first half of the lines is written, the other refused."""
        lines = gzip.decompress(body).splitlines(keepends=True)
        dropped = ("content-encoding", "content-length")
        some = {name: value for name, value in headers.items() if name.lower() not in dropped}
        self.forward("POST", self.path, some, b"".join(lines[: len(lines) // 2]))
        return 400, {}, b'{"code":"invalid","message":"partial write: field type conflict dropped=7"}'

    path = ""


@contextmanager
def between(url: str) -> Iterator[BadProxy]:
    """A proxy in front of the server of this URL; `proxy.url` leads through it."""
    proxy = BadProxy(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = dict(self.headers.items())
            write = self.path.startswith("/api/v2/write")
            proxy.questions += self.path.startswith("/api/v2/query")
            if write:
                proxy.writes.append((headers, body))
                proxy.path = self.path
            if write and proxy.behave is not None:
                answer = proxy.behave(headers, body)
            else:
                answer = proxy.forward(self.command, self.path, headers, body)
            if answer is None:
                proxy.over.wait(30)
                self.close_connection = True
                return
            status, more, said = answer
            with suppress(OSError):  # who asked may have gone
                self._say(status, more, said)

        def _say(self, status: int, more: dict[str, str], said: bytes) -> None:
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        token = proxy.real.username
        netloc = f"{token}@127.0.0.1:{server.server_port}"
        proxy.url = urlunsplit(proxy.real._replace(netloc=netloc))
        try:
            yield proxy
        finally:
            proxy.over.set()
            server.shutdown()

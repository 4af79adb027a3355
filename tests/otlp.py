"""A receiver of OpenTelemetry over HTTP, for tests: what it is sent must be a message of OTLP, whole and known in each
field, as the protocol's own classes read it."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = {"traceId", "spanId", "parentSpanId"}
"""In hexadecimal digits, where JSON has base64 for all other bytes: so says OTLP."""


class Receiver:
    """url: for TIDINGS_TRACES. spans: (service, span), as they came. refused: why, of what was no message."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.spans: list[tuple[dict[str, str], Any]] = []
        self.refused: list[str] = []

    def take(self, path: str, content_type: str, body: bytes) -> int:
        """The status."""
        if (path, content_type) != ("/v1/traces", "application/json"):
            self.refused.append(f"{path} {content_type}")
            return 404
        try:
            request = Parse(json.dumps(json.loads(body, object_hook=_in_base64)), ExportTraceServiceRequest())
        except ValueError as error:
            self.refused.append(str(error))
            return 400
        for of in request.resource_spans:
            service = {each.key: each.value.string_value for each in of.resource.attributes}
            self.spans += [(service, span) for scope in of.scope_spans for span in scope.spans]
        return 200

    def traces(self) -> dict[bytes, dict[str, Any]]:
        """trace → name → its first span of that name."""
        found: dict[bytes, dict[str, Any]] = {}
        for _, span in list(self.spans):
            found.setdefault(span.trace_id, {}).setdefault(span.name, span)
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    """At a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take(self.path, self.headers["content-type"], body)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _in_base64(held: dict[str, Any]) -> dict[str, Any]:
    return {name: b64encode(bytes.fromhex(value)).decode() if name in IDS else value for name, value in held.items()}

"""The one address: which pod a request goes to, and one request a connection."""

from __future__ import annotations

import pytest

from pods.gateway import ROUTES, Gateway, alone


@pytest.mark.parametrize(
    ("line", "pod"),
    [
        (b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "live"),
        (b"POST /events HTTP/1.1", "ingest"),
        (b"POST /api/v1/devices/cellar/telemetry HTTP/1.1", "ingest"),
        (b"POST /api/v1/devices/cellar/telemetry/x HTTP/1.1", "api"),
        (b"GET /api/v1/devices/cellar/rejected HTTP/1.1", "api"),
        (b"GET / HTTP/1.1", "api"),
    ],
)
def test_which_pod_a_request_goes_to(line: bytes, pod: str) -> None:
    assert next(name for name, pattern in ROUTES if pattern.match(line)) == pod


def test_a_connection_is_asked_to_end_after_its_answer() -> None:
    head = b"GET / HTTP/1.1\r\nHost: h\r\nconnection: keep-alive\r\nAccept: x\r\n\r\n"
    assert alone(head) == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: h\r\nAccept: x\r\n\r\n"


def test_a_port_that_is_taken_is_told() -> None:
    with Gateway(0) as first, pytest.raises(OSError, match=f"port {first.port} of 127.0.0.1 cannot be had .*PORT="):
        Gateway(first.port)

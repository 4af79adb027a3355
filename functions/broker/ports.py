"""Ports of this machine: which are free, and whether an MQTT broker answers at one. Used by broker.py."""

from __future__ import annotations

import socket
from contextlib import suppress
from uuid import uuid4

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, level: int) -> bool:
    """Whether a broker takes a connection there. level: of the protocol, 4 for MQTT 3.1.1, 5 for MQTT 5.

    Asked up to three times: the embedded broker now and then ends a new connection together with one that has just
    ended at its other listener. Each time under a new client id, and with a goodbye: a listener of it can die of a
    client that comes back while its last connection is still being put away.
    """
    return any(_greets(port, level) for _ in range(3))


def _greets(port: int, level: int) -> bool:
    client = uuid4().hex[:20].encode()
    body = b"\x00\x04MQTT" + bytes([level, 2, 0, 5]) + (b"\x00" if level == 5 else b"") + b"\x00\x14" + client
    with suppress(OSError), socket.create_connection((LOOPBACK, port), 2.0) as connection:
        connection.settimeout(2.0)
        connection.sendall(b"\x10" + bytes([len(body)]) + body)
        answer = connection.recv(4)
        connection.sendall(b"\xe0\x00")
        return len(answer) == 4 and answer[0] == 0x20 and answer[3] == 0
    return False

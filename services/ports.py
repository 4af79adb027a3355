"""TCP ports of 127.0.0.1: free ones, and a question to what listens there. Used by the servers of this folder."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import ExitStack
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 2.0
"""Seconds a server may take to answer a question whether it is ready."""


def free(count: int) -> list[int]:
    """So many ports that nobody listens on, all different."""
    with ExitStack() as held:
        return [_bound(held.enter_context(socket.socket()), 0) for _ in range(count)]


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            return bool(_bound(candidate, port))
        except OSError:
            return False


def ask(port: int, question: bytes, length: int) -> bytes:
    """Sends bytes and gives the first `length` of the answer, fewer if it ends. OSError: no answer."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        connection.sendall(question)
        with connection.makefile("rb") as answer:
            return answer.read(length)


def request(port: int, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """A GET, or a POST of JSON; gives status and body. OSError: no answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE if body is None else 30.0)
    try:
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"not HTTP: {error}") from error
    finally:
        connection.close()


def _bound(candidate: socket.socket, port: int) -> int:
    candidate.bind((HOST, port))
    return int(candidate.getsockname()[1])

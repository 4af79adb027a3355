"""TCP ports of 127.0.0.1: free ones, and a question to what listens there. Used by the servers of this folder."""

from __future__ import annotations

import http.client
import json
import random
import socket
from itertools import islice
from typing import Any

HOST = "127.0.0.1"
RANGE = range(20_000, 30_000)
"""Below those that the system gives to clients: one that tries again and again to reach a server that was killed might
be given that very port, and keep the server from coming back."""

PATIENCE = 2.0
"""Seconds a server may take to answer a question whether it is ready."""


def free(count: int) -> list[int]:
    """So many ports that nobody listens on, all different."""
    candidates = random.sample(RANGE, 500)
    return list(islice(filter(is_free, candidates), count))


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


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

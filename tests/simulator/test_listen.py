"""What the live channel tells is written down, and `check` can read it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import socketio
import uvicorn

from simulator.__main__ import main
from simulator.audit.findings import Findings
from simulator.audit.once import check_raised

ALERT = {
    "id": "one",
    "device": "d-1",
    "metric": "x",
    "raised_at": "2026-11-24T12:00:00Z",
    "version": 1,
    "verb": "raised",
}


@pytest.fixture
def channel() -> Iterator[str]:
    """A live channel that tells everyone who connects of one alert and one thing nobody asked for; its address."""
    server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        assert auth == {"tenant": "main", "token": "secret"}
        await server.emit("alert", ALERT, to=sid)
        await server.emit("gossip", {}, to=sid)

    server.on("connect", connect)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(socketio.ASGIApp(server), log_level="error", ws="websockets-sansio", lifespan="off")
        host = uvicorn.Server(config)
        thread = threading.Thread(target=host.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        host.should_exit = True
        thread.join()


def test_events_are_written_down_for_the_auditor(channel: str, tmp_path: Path) -> None:
    events = tmp_path / "events"
    assert main(["listen", "--api", channel, "--token", "secret", "--events", str(events), "--duration", "0.5"]) == 0
    lines = [orjson.loads(line) for line in events.read_bytes().splitlines()]
    assert [(line["event"], line["data"]) for line in lines] == [("alert", ALERT)]
    assert lines[0]["at"] > 1.7e12
    findings = Findings()
    assert check_raised(events, findings) == 1
    assert not findings.found

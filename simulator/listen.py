"""`python -m simulator listen`: write down what the live channel tells, for `check --events`.

A line an event: `at` (Unix ms, when it came), `event` and `data`. Charts' frames (`tele`) are not subscribed to.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

import orjson
import socketio

KINDS = ("alert", "anomaly", "rejected", "ledger", "health")


def add_listen(parser: argparse.ArgumentParser) -> None:
    """Every option of `python -m simulator listen`."""
    add = parser.add_argument
    add("--api", required=True, help="the platform, http://HOST:PORT")
    add("--events", type=Path, required=True, help="file to add the events to, JSON lines")
    add("--tenant", default="main", help="whose events (default %(default)s)")
    add("--token", default="", help="for a channel that asks for one")
    add("--duration", type=float, default=0.0, help="seconds to listen; 0: until stopped (default)")


def listen(options: argparse.Namespace) -> int:
    """Until the time is up or someone stops it; connects again when the platform comes back. 0."""
    asyncio.run(_listen(options))
    return 0


async def _listen(options: argparse.Namespace) -> None:
    client = socketio.AsyncClient(reconnection_delay=0.5, reconnection_delay_max=2, handle_sigint=False)
    with options.events.open("ab") as file:

        async def note(event: str, data: Any) -> None:
            if event in KINDS:
                line = {"at": round(time.time() * 1000, 3), "event": event, "data": data}
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                file.flush()

        client.on("*", note)
        auth = {"tenant": options.tenant} | ({"token": options.token} if options.token else {})
        await client.connect(options.api, auth=auth, transports=["websocket"], retry=True)
        try:
            await asyncio.sleep(options.duration or float("inf"))
        finally:
            await client.disconnect()

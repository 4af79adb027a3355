"""The Socket.IO server, and the thread that feeds it from the log. Wired by functions/app.py; a browser speaks to it
at /socket.io.

All partitions are read without a group, from the end: who connects later asks the API for what was before. Websockets
only, for long polling would need sticky sessions.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from threading import Event as Flag
from typing import Any, NamedTuple

import socketio

from events import types
from events.event import Event
from events.log import Log
from events.trace import Hop, unseen
from functions.live.connection import Connection, Refused
from functions.live.hub import Hub, Message

TOPICS = (types.TELEMETRY, "alert", "anomaly", "device", types.PLATFORM, "rejected")
FRAME_EVERY, DEVICES_EVERY, HEALTH_EVERY, LOOK_EVERY, KEEP_UP_EVERY = 0.025, 0.25, 1.0, 0.1, 1.0
"""Seconds; the last two while nobody is there: between two looks whether anybody is, and at where the log ends."""

Health = Callable[[], Mapping[str, Any]]


class _Told(NamedTuple):
    """Stands behind the messages of an event. start: when it was read, ns."""

    event: Event
    start: int


class Live:
    """One server. `socket` is mounted beside the web API; `feed` is a thread; `beat` a task on the server's loop."""

    def __init__(self, log: Log, health: Health, token: str | None = None, hop: Hop = unseen) -> None:
        self._log, self._health, self._token, self._hop = log, health, token, hop
        self._hub = Hub()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_health: Mapping[str, Any] | None = None
        self._waiting: deque[Message | _Told] = deque()
        self._sending: asyncio.Future[None] | None = None
        self.socket = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], cors_allowed_origins=None)
        for name, handler in {
            "connect": self._connect, "disconnect": self._disconnect, "sub": self._sub, "unsub": self._unsub,
        }.items():  # fmt: skip
            self.socket.on(name, handler)

    def feed(self, stop: Flag) -> None:
        """Reads the log until `stop` and hands it to the loop. While nobody is connected it only keeps up with
        the end: who connects is told what came since a moment before."""
        reader = self._log.reader("live", TOPICS, range(self._log.shards))
        kept_up = 0.0
        while not stop.is_set():
            if self._hub.connections and self._loop is not None:
                if events := [record.event for record in reader.poll(0.25)]:
                    self._loop.call_soon_threadsafe(self._take, events, time.time_ns())
                continue
            if time.monotonic() > kept_up + KEEP_UP_EVERY:
                reader.seek_to_end()
                kept_up = time.monotonic()
            stop.wait(LOOK_EVERY)
        reader.close()

    async def beat(self) -> None:
        """Sends what waits: frames, changed devices, health. Runs as long as the server."""
        self._loop = asyncio.get_running_loop()
        devices_at = health_at = 0.0
        while True:
            await asyncio.sleep(FRAME_EVERY if self._hub.connections else LOOK_EVERY)
            if not self._hub.connections:
                continue
            now = time.monotonic()
            await self._send(self._hub.frames(now))
            if now >= devices_at:
                devices_at = now + DEVICES_EVERY
                await self._send(self._hub.devices())
            if now >= health_at:
                health_at = now + HEALTH_EVERY
                await self._tell_health()

    def _take(self, events: Iterable[Event], read: int) -> None:
        for event in events:
            if messages := list(self._hub.take(event)):
                self._waiting.extend((*messages, _Told(event, read)))
        if self._waiting and (self._sending is None or self._sending.done()):
            self._sending = asyncio.ensure_future(self._send_waiting())

    async def _send_waiting(self) -> None:
        """One task sends all, so that nothing overtakes: what an alert was told last is how it stands."""
        while self._waiting:
            match self._waiting.popleft():
                case _Told(event, start):
                    self._hop("live", event, start)
                case message:
                    await self._send([message])

    async def _send(self, messages: Iterable[Message]) -> None:
        for id, name, data in list(messages):
            await self.socket.emit(name, data, to=id)

    async def _tell_health(self) -> None:
        health = await asyncio.to_thread(self._health)
        if health != self._told_health:
            self._told_health = health
            await self.socket.emit("health", health)

    async def _connect(self, id: str, _environ: Mapping[str, Any], auth: Any = None) -> bool:
        said: Mapping[str, Any] = auth if isinstance(auth, Mapping) else {}
        if self._token is not None and not compare_digest(str(said.get("token", "")).encode(), self._token.encode()):
            raise socketio.exceptions.ConnectionRefusedError("a token is needed: it was given to --token at the start")
        self._hub.connections[id] = Connection(str(said.get("tenant", "main")))
        return True

    async def _disconnect(self, id: str, *_reason: object) -> None:
        self._hub.connections.pop(id, None)

    async def _sub(self, id: str, asked: Any = None) -> dict[str, Any]:
        connection = self._hub.connections.get(id)
        if connection is None:
            return {"ok": False, "error": "the connection is gone"}
        try:
            channels = connection.subscribe(asked if isinstance(asked, Mapping) else {})
        except Refused as error:
            return {"ok": False, "error": str(error)}
        named = [{"ch": ch, "device": device, "metric": metric} for (device, metric), ch in channels.items()]
        known = {f"{d}/{m}": self._hub.watermark(connection.tenant, d, m) for d, m in channels}
        return {"ok": True, "channels": named, "watermark": known}

    async def _unsub(self, id: str, asked: Any = None) -> dict[str, Any]:
        if isinstance(asked, Mapping):
            connection = self._hub.connections.get(id)
            if connection is not None:
                connection.unsubscribe(str(asked.get("id")))
        return {"ok": True}

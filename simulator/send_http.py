"""HTTP devices: a few kept-alive connections, one request at a time for each device, repeated until it is answered.

A device that waits gathers messages, which go together in the next request. Called by `run`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

import httpx
import orjson

from simulator.messages import Message
from simulator.sender import Settled, Tally

PAUSE = (0.2, 2.0)  # s between attempts, first and longest
AGAIN = (408, 425, 429)  # and every 5xx: the platform asks for another attempt


class HttpSender:
    """Posts to `/api/v1/devices/<device>/telemetry` of the platform at `url`."""

    def __init__(self, url: str, tenant: str, connections: int, batch: int, settled: Settled) -> None:
        self.tally = Tally()
        self._url, self._batch, self._settled = url, batch, settled
        self._queues: dict[str, deque[Message]] = {}
        self._loop = asyncio.new_event_loop()
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._busy: set[str] = set()
        self._client = httpx.AsyncClient(
            headers={"Tidings-Tenant": tenant, "Content-Type": "application/json"},
            timeout=10,
            verify=url.startswith("https"),  # else its certificates are loaded for nothing
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
        self._workers = [self._loop.create_task(self._work()) for _ in range(connections)]

    def offer(self, messages: Iterable[Message]) -> None:
        """Queue at the devices; a device that is not being served is lined up."""
        for message in messages:
            self._queues.setdefault(message.device, deque()).append(message)
            if message.device not in self._busy:
                self._busy.add(message.device)
                self._ready.put_nowait(message.device)

    def serve(self, until: float) -> None:
        """Let the workers run until then."""
        self._loop.run_until_complete(asyncio.sleep(max(0.0, until - time.monotonic())))

    def ready(self) -> bool:
        """Connections are opened as they are needed."""
        return True

    def waiting(self) -> list[Message]:
        """Queued, or sent without an answer."""
        return [message for queue in self._queues.values() for message in queue]

    def close(self) -> None:
        """Stop the workers and close the connections."""
        self._loop.run_until_complete(self._leave())
        self._loop.close()

    async def _leave(self) -> None:
        for worker in self._workers:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
        await self._client.aclose()

    async def _work(self) -> None:
        pause = PAUSE[0]
        while True:
            device = await self._ready.get()
            queue = self._queues[device]
            if await self._post(device, queue):
                pause = PAUSE[0]
            else:
                await asyncio.sleep(pause)
                pause = min(PAUSE[1], pause * 2)
            if queue:
                self._ready.put_nowait(device)
            else:
                self._busy.discard(device)

    async def _post(self, device: str, queue: deque[Message]) -> bool:
        """Send the head of a queue; it leaves the queue only when answered."""
        head = [queue[i] for i in range(min(len(queue), self._batch))]
        for message in head:
            self.tally.handed(message)
        body = head[0].encoded() if len(head) == 1 else b"[" + b",".join(m.encoded() for m in head) + b"]"
        try:
            answer = await self._client.post(f"{self._url}/api/v1/devices/{device}/telemetry", content=body)
        except httpx.HTTPError as error:
            return self._failed(f"{self._url}: {error!r}")
        if answer.status_code >= 500 or answer.status_code in AGAIN:
            return self._failed(f"{self._url}: {answer.status_code} {answer.text[:200]}")
        self._answered(head, answer)
        for _ in head:
            queue.popleft()
        return True

    def _failed(self, why: str) -> bool:
        self.tally.failures += 1
        self.tally.trouble = why
        return False

    def _answered(self, head: list[Message], answer: httpx.Response) -> None:
        for index, metric, reason in refusals(answer):
            if 0 <= index < len(head):
                message = head[index]
                message.refused[metric if metric in message.names else "*"] = reason
        for message in head:
            if not answer.is_success and not message.refused:
                message.refused["*"] = f"{answer.status_code}"
            message.acked = answer.is_success
            self.tally.settled(message)
            self._settled(message)


def refusals(answer: httpx.Response) -> list[tuple[int, str, str]]:
    """(index in the batch, metric or `*`, reason) of what an answer refuses."""
    try:
        refused = orjson.loads(answer.content).get("rejected", [])
        return [(int(r["index"]), str(r.get("field") or "*"), str(r["reason"])) for r in refused]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []

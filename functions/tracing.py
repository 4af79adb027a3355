"""Where the time of an event goes, hop by hop, told to a receiver of OpenTelemetry. Made by app.py where TIDINGS_TRACES
names one; whoever handles an event adds a span to the trace that the event carries (events/trace.py).

The trace begins where the message came in: its first span has the id that the event's traceparent names, and all others
are its children, for a repeat of an event has the same traceparent. Spans are sent as OTLP over HTTP in its JSON form
(https://opentelemetry.io/docs/specs/otlp/): what the protocol's own library adds to that is what we do not need.
Where the receiver is away spans are lost; nothing waits for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import orjson

from events.event import Event
from events.handler import Function, Handle
from events.state import State
from events.trace import span_id, trace_id

EVERY = 1.0
"""Seconds between two requests."""

KEPT = 20_000
"""Spans that wait, at most; the oldest go."""

AT_ONCE = 2_000
WITHIN = 5.0
"""Seconds for a request."""


class Span(NamedTuple):
    """start, stop: ns of the wall clock. first: whether the trace begins with it."""

    name: str
    event: Event
    start: int
    stop: int
    first: bool = False


class Tracing:
    """url: of the receiver, such as http://127.0.0.1:4318. Any thread may add; one sends."""

    def __init__(self, url: str, pods: Iterable[str]) -> None:
        self._url = f"{url.rstrip('/')}/v1/traces"
        self._http = httpx.Client(timeout=WITHIN, trust_env=False)
        self._waiting: deque[Span] = deque(maxlen=KEPT)
        self._resource = {"service.name": "tidings", "service.instance.id": uuid4().hex, "tidings.pods": " ".join(pods)}

    def add(self, name: str, event: Event, start: int, stop: int | None = None, first: bool = False) -> None:
        """A hop of the event's trace: from `start` to `stop` (now, if it is not given)."""
        if event.traceparent:
            self._waiting.append(Span(name, event, start, time.time_ns() if stop is None else stop, first))

    def traced(self, function: Function) -> Function:
        """A function of which each event becomes a span."""

        def bind(state: State) -> Handle:
            return self._timed(function.name, function.bind(state))

        return replace(function, bind=bind)

    def send(self) -> None:
        """Sends what waits; what is refused is lost."""
        while some := [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]:
            try:
                body = orjson.dumps(_request(self._resource, some))
                self._http.post(self._url, content=body, headers={"content-type": "application/json"})
            except httpx.HTTPError:
                return

    def close(self) -> None:
        """Sends the rest."""
        self.send()
        self._http.close()

    def _timed(self, name: str, handle: Handle) -> Callable[[Event], Iterable[Event]]:
        def timed(event: Event) -> Iterable[Event]:
            start = time.time_ns()
            given = list(handle(event))
            self.add(name, event, start)
            return given

        return timed


def as_it_is(function: Function) -> Function:
    """Where nobody asks."""
    return function


def _request(resource: dict[str, str], spans: Sequence[Span]) -> dict[str, Any]:
    scope = {"scope": {"name": "tidings"}, "spans": [one for span in spans if (one := _span(span))]}
    return {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scope]}]}


def _span(span: Span) -> dict[str, Any] | None:
    trace, root = trace_id(span.event.traceparent), span_id(span.event.traceparent)
    if not trace:
        return None
    said = {"tidings.tenant": span.event.tenant, "tidings.type": span.event.type, "tidings.subject": span.event.subject}
    return {
        "traceId": trace, **({"spanId": root} if span.first else {"spanId": uuid4().hex[:16], "parentSpanId": root}),
        "name": span.name, "kind": 1, "startTimeUnixNano": str(span.start), "endTimeUnixNano": str(span.stop),
        "attributes": _attributes({name: value for name, value in said.items() if value}),
    }  # fmt: skip


def _attributes(said: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in said.items()]

"""The host of stateless functions over HTTP: functions-framework serves the one that FUNCTION_TARGET names (a name of
the manifest): `functions-framework --source functions/main.py` with the project's folder on PYTHONPATH.

A request is one CloudEvent (binary or structured) or a batch. The answer is one that a Knative Trigger takes: nothing
(204) or one CloudEvent (200); a batch only where `accept` asks for one. Several events otherwise go to K_SINK, one a
request, and the answer is empty. 400 and 415: not handled, and no retry helps. 503: not now. 500: a bug.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import flask
import functions_framework
import httpx
import msgspec
import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from events import codec, http
from events.checkpoint import Saved
from events.codec import Malformed
from events.deliver import Member, stamp
from events.event import Event
from events.handler import Function, Retry
from events.payloads import Payload
from functions import catalogue
from functions.ingest.body import Limits
from functions.manifest import ManifestError, manifest
from functions.settings import Settings

Serve = Callable[[flask.Request], flask.Response]
Send = Callable[[Event], None]

SINK_TIMEOUT = 10.0
"""Seconds that a sink may take for one event."""


def __getattr__(name: str) -> Serve:
    """functions-framework asks this module for a function of the name in FUNCTION_TARGET."""
    if name not in manifest().functions:
        raise AttributeError(f"no function {name!r} in the manifest: {', '.join(manifest().functions)}")
    return serve(load(name))


def load(name: str) -> Function:
    """A function of the manifest with its ports. ManifestError if it keeps state or asks for a port not here."""
    settings = Settings()
    limits = Limits(settings.payload_bytes, settings.payload_metrics)
    function = catalogue.function(name, manifest().functions[name], {"shards": settings.shards, "limits": limits})
    if function.layout is not None:
        raise ManifestError(
            f"function {name!r} keeps state: run it in a pod that reads the log, `python -m functions run`"
        )
    return function


def serve(function: Function, send: Send | None = None) -> Serve:
    """What functions-framework calls with each request. send: where several events go (default: to K_SINK, if set)."""
    sink = os.environ.get("K_SINK")
    to = send or ((lambda event: post(sink, event)) if sink else None)

    def view(request: flask.Request) -> flask.Response:
        if request.method != "POST":
            return _probe(request)
        try:
            return answer(handled(function, _events(function, request)), dict(request.headers), to)
        except Malformed as error:
            return _refused(error)
        except Retry as error:
            return flask.Response(str(error), 503, {"retry-after": str(max(1, round(error.after)))})

    view.__name__ = function.name
    functions_framework.http(view)
    return view


def handled(function: Function, events: Sequence[Event]) -> list[Event]:
    """What a function gives for the events of one request, named as the loop names it. An event from outside, without a
    sequence, has its id for one. Nothing is remembered from one request to the next: `prior` begins anew with each."""
    member = Member.of(function, Saved())
    parents = [event if event.sequence else replace(event, sequence=event.id) for event in events]
    return [output for parent in parents for _, output in stamp(member, parent, list(member.handle(parent)))]


def answer(given: Sequence[Event], headers: Mapping[str, str], send: Send | None) -> flask.Response:
    """The response that carries what was given, or the sink has it when this returns."""
    if not given:
        return flask.Response(status=204)
    if http.accepts_batch(headers):
        written, body = http.write_batch(given)
        return flask.Response(body, 200, written)
    if len(given) == 1:
        written, body = http.write(given[0])
        return flask.Response(body, 200, written)
    if send is None:
        cure = "set K_SINK, or send `accept: application/cloudevents-batch+json`"
        return flask.Response(f"the function gave {len(given)} events and there is nowhere to put them: {cure}", 500)
    for event in given:
        send(event)
    return flask.Response(status=204)


def post(sink: str, event: Event) -> None:
    """Sends one event to a broker or any other address. Retry if it does not take it."""
    headers, body = http.write(event)
    try:
        httpx.post(sink, content=body, headers=headers, timeout=SINK_TIMEOUT).raise_for_status()
    except httpx.HTTPError as error:
        raise Retry(f"{sink} does not take an event: {error}") from error


def _events(function: Function, request: flask.Request) -> list[Event]:
    """The events of a request; none of a batch is handled unless all can be read. A function that takes no topic stands
    at the edge: what it gets is the raw message."""
    headers, body = dict(request.headers), request.get_data()
    content_type = request.headers.get("content-type", "")
    if not function.takes and not content_type.lower().startswith("application/cloudevents"):
        headers["Content-Type"] = codec.BYTES
    read = http.read(headers, body)
    bad = [Malformed(f"[{i}].{each.field}", each.reason) for i, each in enumerate(read) if isinstance(each, Malformed)]
    if bad:
        raise bad[0]
    events = [_timed(each) for each in read if isinstance(each, Event)]
    return events if function.takes else [_raw(event, content_type) for event in events]


def _timed(event: Event) -> Event:
    return event if event.time else replace(event, time=time.time_ns() // 1000)


def _raw(event: Event, content_type: str) -> Event:
    body = event.data if isinstance(event.data, bytes) else msgspec.json.encode(event.data)
    kind = codec.JSON if content_type.lower().startswith("application/cloudevents") else content_type
    return replace(event, data=[Payload(event.subject, body, kind, event.time)])


def _probe(request: flask.Request) -> flask.Response:
    if request.path in ("/healthz", "/readyz"):
        return flask.Response("ok")
    if request.path == "/metrics":
        return flask.Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
    return flask.Response("send a CloudEvent by POST", 405, {"allow": "POST"})


def _refused(error: Malformed) -> flask.Response:
    status = 415 if error.field == "content-type" else 400
    detail: dict[str, Any] = {
        "type": "about:blank",
        "title": "Not a CloudEvent",
        "status": status,
        "detail": str(error),
        "errors": [{"field": error.field, "reason": error.reason}],
    }
    return flask.Response(orjson.dumps(detail), status, content_type="application/problem+json")

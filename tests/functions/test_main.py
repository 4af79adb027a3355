"""Stateless functions under functions-framework: the same events as in the loop, in answers that a Trigger takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from events import codec, http, structured, types
from events.checkpoint import Saved
from events.deliver import Chain, Member
from events.event import Event
from events.handler import Function, Retry
from events.payloads import Payload, Refused, Rejected, Ticked
from events.readings import Readings
from functions import main
from functions.manifest import ManifestError

ROOT = Path(__file__).parents[2]
PARENT = Event(
    types.CLOCK_TICKED, Ticked(clock=2), 1_000_000, "pump-1", id="a", source="/inbox/0", sequence="0000000000000007"
)
BATCH = {"accept": structured.BATCH_MEDIA_TYPE}


def _echo(event: Event) -> Iterable[Event]:
    """As many events as the clock says, half of them to another topic."""
    if event.data.clock == 99:
        raise Retry("the store is away", after=7)
    for n in range(event.data.clock):
        if n % 2:
            yield event.child(types.COMMAND_REJECTED, _refusal(), subject="other")
        else:
            yield event.child(types.CLOCK_TICKED, Ticked(clock=n), id="of-its-own" if n == 2 else "")


def _refusal() -> Rejected:
    return Rejected(device="d", reason="no_open_alert", detail="", received=1)


ECHO = Function("echo", ("telemetry",), ("telemetry", "rejected"), lambda state: _echo)


def _in_the_loop(function: Function, topic: str, parents: Iterable[Event]) -> list[Event]:
    given: list[Event] = []
    chain = Chain([Member.of(function, Saved())], frozenset(), lambda topic, event: given.append(event))
    for parent in parents:
        chain.give(topic, parent)
    return given


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A client of functions-framework, with a function of the manifest or one given here."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def client(target: str, source: Path = ROOT / "functions" / "main.py") -> FlaskClient:
        monkeypatch.setenv("FUNCTION_TARGET", target)
        create_app: Any = functions_framework.create_app
        app: Flask = create_app(target, source)
        return app.test_client()

    yield client
    for name in {"main", "edge"} - before:
        sys.modules.pop(name, None)


@pytest.fixture
def echo(serving: Any, tmp_path: Path) -> FlaskClient:
    source = tmp_path / "edge.py"
    source.write_text(
        "from functions.main import serve\nfrom tests.functions.test_main import ECHO\necho = serve(ECHO)\n"
    )
    client: FlaskClient = serving("echo", source)
    return client


def _post(client: FlaskClient, event: Event, **headers: str) -> TestResponse:
    written, body = http.write(event)
    return client.post("/", data=body, headers={**written, **headers})


def _read(response: TestResponse) -> list[Event]:
    read = http.read(dict(response.headers), response.data)
    return [event for event in read if isinstance(event, Event)]


def _ticking(n: int) -> Event:
    return replace(PARENT, data=Ticked(clock=n))


def test_nothing_given_is_an_empty_answer(echo: FlaskClient) -> None:
    response = _post(echo, _ticking(0))
    assert (response.status_code, response.data) == (204, b"")


def test_one_event_is_answered_in_binary(echo: FlaskClient) -> None:
    response = _post(echo, _ticking(1))
    assert response.status_code == 200
    assert response.headers["ce-source"] == "/inbox/0/echo"
    assert _read(response) == _in_the_loop(ECHO, "telemetry", [_ticking(1)])


def test_several_are_a_batch_for_who_asks(echo: FlaskClient) -> None:
    response = _post(echo, _ticking(5), **BATCH)
    assert response.status_code == 200
    assert response.content_type == structured.BATCH_MEDIA_TYPE
    given = _read(response)
    assert given == _in_the_loop(ECHO, "telemetry", [_ticking(5)])
    assert [event.id for event in given] == [
        "0000000000000007.000000",
        "0000000000000007.000001",
        "of-its-own",
        "0000000000000007.000003",
        "0000000000000007.000004",
    ]


def test_several_and_nowhere_to_put_them_is_told_with_the_cure(echo: FlaskClient) -> None:
    response = _post(echo, _ticking(2))
    assert response.status_code == 500
    assert "set K_SINK" in response.text


def test_several_go_to_the_sink_one_by_one_and_the_answer_is_empty() -> None:
    sent: list[Event] = []
    response = main.answer(main.handled(ECHO, [_ticking(3)]), {}, sent.append)
    assert (response.status_code, response.get_data()) == (204, b"")
    assert sent == _in_the_loop(ECHO, "telemetry", [_ticking(3)])


def test_a_sink_that_is_away_is_a_retry(free_port: Any) -> None:
    with pytest.raises(Retry, match="does not take an event"):
        main.post(f"http://127.0.0.1:{free_port()}/", PARENT)


def test_a_batch_in_gives_what_the_loop_gives(echo: FlaskClient) -> None:
    parents = [replace(_ticking(n), id=str(n), sequence=f"{n:016d}") for n in range(1, 4)]
    headers, body = http.write_batch(parents)
    response = echo.post("/", data=body, headers={**headers, **BATCH})
    assert _read(response) == _in_the_loop(ECHO, "telemetry", parents)


def test_a_repeat_gives_the_same_events(echo: FlaskClient) -> None:
    assert _post(echo, _ticking(5), **BATCH).data == _post(echo, _ticking(5), **BATCH).data


def test_structured_is_read_too(echo: FlaskClient) -> None:
    response = echo.post("/any/path", data=structured.to_json(_ticking(1)), content_type=structured.MEDIA_TYPE)
    assert _read(response) == _in_the_loop(ECHO, "telemetry", [_ticking(1)])


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_what_is_no_cloudevent_is_refused_by_name(echo: FlaskClient, name: str) -> None:
    headers, body = http.write(PARENT)
    response = echo.post("/", data=body, headers={key: v for key, v in headers.items() if key != f"ce-{name}"})
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["errors"][0]["field"] == name


def test_one_bad_event_of_a_batch_is_named_and_none_is_handled(echo: FlaskClient) -> None:
    body = structured.to_json_batch([_ticking(1)]).replace(b"]", b',{"id":"2"}]')
    response = echo.post("/", data=body, content_type=structured.BATCH_MEDIA_TYPE)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["errors"][0]["field"] == "[1].source"


def test_a_form_that_is_not_read_is_told(echo: FlaskClient) -> None:
    assert echo.post("/", data=b"", content_type="application/cloudevents+avro").status_code == 415


def test_not_now_is_503_with_the_time_to_wait(echo: FlaskClient) -> None:
    response = _post(echo, _ticking(99))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "7"


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/", 405)])
def test_probes(echo: FlaskClient, path: str, status: int) -> None:
    assert echo.get(path).status_code == status


INGEST = {
    "ce-specversion": "1.0", "ce-id": "m-1", "ce-source": "/devices", "ce-type": types.PAYLOAD_RECEIVED,
    "ce-subject": "pump-1", "ce-time": "2026-11-24T02:00:40.123456Z",
}  # fmt: skip


class TestIngest:
    """The edge function of the manifest: what it takes is a raw message."""

    def _loop(self, body: bytes, content_type: str) -> list[Event]:
        received = 1_795_485_640_123_456
        payload = Payload("pump-1", body, content_type, received)
        parent = Event(
            types.PAYLOAD_RECEIVED, [payload], received, "pump-1", id="m-1", source="/devices", sequence="m-1"
        )
        function = main.load("ingest")
        return _in_the_loop(replace(function, takes=("edge",)), "edge", [parent])

    @pytest.mark.parametrize(
        "body",
        [
            b'{"temperature": 21.4, "time": 1795485640000}',
            b'[{"temperature": 21.4}, {"humidity": "wet", "state": 99999999999999999999999}]',
            b"{not json",
            b"\xff\xfe",
        ],
    )
    def test_it_gives_what_it_gives_in_the_loop(self, serving: Any, body: bytes) -> None:
        headers = {**INGEST, **BATCH, "content-type": "application/json"}
        given = _read(serving("ingest").post("/", data=body, headers=headers))
        expected = self._loop(body, "application/json")
        assert [(e.id, e.source, e.sequence, e.prior, e.type) for e in given] == [
            (e.id, e.source, e.sequence, e.prior, e.type) for e in expected
        ]
        assert [codec.write(event) for event in given] == [codec.write(event) for event in expected]
        assert all(isinstance(event.data, Readings | Refused) for event in given)

    def test_a_structured_message_is_its_data(self, serving: Any) -> None:
        event = {name.removeprefix("ce-"): value for name, value in INGEST.items()} | {"data": {"temperature": 21.4}}
        (given,) = _read(serving("ingest").post("/", json=event, headers={"content-type": structured.MEDIA_TYPE}))
        assert [row.value for row in given.data.rows()] == [21.4]


def test_a_function_that_keeps_state_is_refused(serving: Any) -> None:
    with pytest.raises(ManifestError, match="keeps state: run it in a pod that reads the log"):
        serving("validate")


def test_a_function_that_is_not_there_is_refused(serving: Any) -> None:
    with pytest.raises(Exception, match="'nonsense'"):
        serving("nonsense")

"""The web server as a whole: who is let in, what the page may do, and what every process tells of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from events.local import LocalLog
from functions.health import Health
from functions.live.server import Live
from functions.metrics import registry
from functions.settings import Settings
from functions.web import API, application
from tests.events.logs import tick


class Web:
    """An application over a log that nothing is in, with one part whose state a test sets."""

    def __init__(self, folder: Path, token: str | None) -> None:
        self.trouble: str | None = None
        self.log = LocalLog(folder, 1)
        health = Health(Settings(), lambda: None, self.log.size, {"stream": lambda: self.trouble})
        app = application(
            [(API, _router())], Live(self.log, health.health, token), health, registry(self.log, health), token
        )
        self.client = TestClient(app)


def _router() -> APIRouter:
    routes = APIRouter()
    routes.add_api_route("/devices", lambda: {"items": []}, methods=["GET"])
    return routes


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path, "secret")
    yield web
    web.log.close()


@pytest.mark.parametrize("given", [None, "Bearer wrong", "secret", "Basic secret", "Bearer ", "Bearer sécret"])
def test_without_the_token_the_api_is_closed(web: Web, given: str | None) -> None:
    headers = {b"Authorization": given.encode()} if given is not None else {}
    answer = web.client.get("/api/v1/devices", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert "--token" in answer.json()["detail"]


def test_with_the_token_it_is_open(web: Web) -> None:
    assert web.client.get("/api/v1/devices", headers={"Authorization": "Bearer secret"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_need_no_token(web: Web, path: str) -> None:
    assert web.client.get(path).status_code == 200


def test_not_ready_says_which_part_and_why(web: Web) -> None:
    web.trouble = "shard 1 is stopped: …"
    answer = web.client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["parts"] == {"stream": "shard 1 is stopped: …"}
    assert web.client.get("/healthz").status_code == 200, "it is alive all the same"


def test_metrics_tell_parts_and_lag(web: Web) -> None:
    web.trouble = "away"
    web.log.append("inbox", 0, [tick(1), tick(2)])
    web.log.flush()
    web.log.commit("stream/validate", {("inbox", 0): 1})
    shown = web.client.get("/metrics").text
    assert 'tidings_part_ok{part="stream"} 0.0' in shown
    assert 'tidings_lag_records{group="stream/validate",shard="0",topic="inbox"} 1.0' in shown


def test_a_page_may_run_only_what_is_its_own(web: Web) -> None:
    headers = web.client.get("/healthz").headers
    assert "script-src 'self';" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_is_a_problem(web: Web) -> None:
    answer = web.client.get("/api/v1/nothing", headers={"Authorization": "Bearer secret"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_page_of_the_api_needs_nothing_from_elsewhere(web: Web) -> None:
    page = web.client.get("/api/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded and all(path.startswith("/") for path in loaded)
    assert [web.client.get(path).status_code for path in loaded] == [200] * len(loaded)
    assert web.client.get("/api/openapi.json").json()["info"]["title"] == "Tidings"


def test_what_is_large_is_sent_small(web: Web) -> None:
    answer = web.client.get("/docs-static/swagger-ui.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"

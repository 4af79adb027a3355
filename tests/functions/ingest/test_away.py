"""Telemetry over HTTP while a real Kafka hangs or is gone: senders are told so, and nothing is claimed that is not
kept."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from events.kafka import KafkaLog
from events.readings import Readings
from events.types import INBOX
from events.writer import Writer
from functions import problem
from functions.ingest.commit import Commit
from functions.ingest.http import router
from functions.ingest.intake import Intake
from services.kafka import Kafka
from tests.events.logs import kafka_options
from tests.servers import require

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""kafka-python leaves the socket of an attempt that failed to the garbage collector."""

PATIENCE = 1.0
LATE = 10.0
"""Seconds that a busy machine may take beyond it."""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One that these tests may kill."""
    require(Kafka)
    with Kafka.running(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


class Web:
    """The routes over Kafka."""

    def __init__(self, url: str) -> None:
        self.log = KafkaLog(kafka_options(url), 1)
        self.intake = Intake(Writer(self.log, "http", lambda: time.time_ns() // 1000))
        self.commit = Commit(self.intake, patience=PATIENCE)
        app = FastAPI()
        app.include_router(router(self.commit, lambda: time.time_ns() // 1000))
        problem.install(app)
        self.client = TestClient(app).__enter__()
        self.thread = Thread(target=self.commit.run)
        self.thread.start()

    def post(self, value: float) -> Any:
        return self.client.post("/api/v1/devices/pump/telemetry", json={"a": value})

    def kept(self) -> list[float]:
        found: list[float] = []
        for record in self.log.read(INBOX, 0, 0, 1000):
            assert isinstance(record.event.data, Readings)
            found += record.event.data.value.tolist()
        return found

    def until_taken(self, value: float) -> None:
        deadline = time.monotonic() + 30
        while self.post(value).status_code != 202:
            assert time.monotonic() < deadline

    def close(self) -> None:
        self.commit.stop()
        self.thread.join(20)
        self.client.__exit__(None, None, None)
        self.log.close()
        gc.collect()


@pytest.fixture
def web(kafka: Kafka) -> Iterator[Web]:
    web = Web(kafka.url)
    yield web
    web.close()


def hang(kafka: Kafka) -> Callable[[], None]:
    kafka.pause()
    return kafka.resume


def die(kafka: Kafka) -> Callable[[], None]:
    kafka.kill()
    return kafka.start


@pytest.mark.parametrize("goes", [hang, die])
def test_senders_are_told_and_nothing_is_claimed(
    kafka: Kafka, web: Web, goes: Callable[..., Callable[[], None]]
) -> None:
    assert web.post(1.0).status_code == 202
    comes_back = goes(kafka)
    try:
        with ThreadPoolExecutor(3) as pool:
            began = time.monotonic()
            written = pool.submit(web.post, 2.0)  # begun, so it may be kept though nobody was told so
            while web.intake.counts["readings"] < 2:
                assert time.monotonic() < began + LATE
            queued = [pool.submit(web.post, value) for value in (3.0, 4.0)]
            answers = [each.result(PATIENCE + LATE) for each in (written, *queued)]
        at_once = web.post(5.0)
        assert time.monotonic() - began < PATIENCE + LATE
    finally:
        comes_back()
    for answer in (*answers, at_once):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "the log has taken nothing" in answer.json()["detail"]
    web.until_taken(6.0)
    kept = set(web.kept())
    assert {1.0, 6.0} <= kept and not kept & {3.0, 4.0, 5.0}

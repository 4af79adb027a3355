"""Kafka killed, hung and back again under a loop that goes on: nothing lost, nothing doubled, and it is told."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from events.kafka import KafkaLog
from events.log import Broken
from services.kafka import Kafka
from stores.open import Urls, open_stores
from tests.events.counting import counted, given, put
from tests.events.logs import SHARDS, kafka_options, tick
from tests.events.test_kafka_streams import Place, until
from tests.servers import require

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""kafka-python leaves the socket of an attempt that failed to the garbage collector."""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One that these tests may kill."""
    require(Kafka)
    with Kafka.running(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture
def place(kafka: Kafka, tmp_path: Path) -> Iterator[Place]:
    kafka.start()
    options, stores = kafka_options(kafka.url), open_stores(Urls.embedded(tmp_path))
    log = KafkaLog(options, SHARDS)
    yield Place(options, log, stores)
    log.close()
    stores.close()
    gc.collect()


def load(place: Place, numbers: range) -> Thread:
    """Puts numbers, one after another, in a thread of its own; each waits until the one before is durable."""

    def work() -> None:
        for n in numbers:
            put(place.log, 0, [float(n)])
            time.sleep(0.02)

    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_killed_under_load(kafka: Kafka, place: Place) -> None:
    loop = place.loop()
    work = load(place, range(150))
    until(lambda: len(loop.seen) > 30, "there is load")
    kafka.kill()
    place.log.look()
    assert "Kafka at 127.0.0.1" in (place.log.trouble() or "")
    kafka.start()
    back = time.monotonic()
    reached = len(loop.seen)
    until(lambda: len(loop.seen) > reached, "it goes on", 15.0)
    print(f"went on {time.monotonic() - back:.1f} s after Kafka was back")
    work.join(25)
    until(lambda: place.lag() == 0, "all is saved")
    place.log.look()
    assert place.log.trouble() is None and not loop.stream.trouble
    loop.end()
    assert counted(place.stores, 0) == 150
    assert [value for _, value in given(place.log, 0)] == [float(n) for n in range(150)]


def test_hung_under_load(kafka: Kafka, place: Place) -> None:
    loop = place.loop()
    work = load(place, range(100))
    until(lambda: len(loop.seen) > 20, "there is load")
    kafka.pause()
    time.sleep(6.0)
    assert "acknowledged nothing" in (place.log.trouble() or "")
    kafka.resume()
    work.join(25)
    until(lambda: place.lag() == 0, "all is saved")
    loop.end()
    assert counted(place.stores, 0) == 100
    assert [value for _, value in given(place.log, 0)] == [float(n) for n in range(100)]


def test_away_at_the_end(kafka: Kafka, place: Place) -> None:
    """Whoever waits for what cannot be kept is let go; nothing claims that it is durable."""
    place.log.append("inbox", 0, [tick(1)])
    place.log.flush()
    kafka.kill()
    failed: list[Exception] = []

    def wait() -> None:
        place.log.append("inbox", 0, [tick(2)])
        try:
            place.log.flush()
        except Broken as error:
            failed.append(error)

    waiting = Thread(target=wait)
    waiting.start()
    began = time.monotonic()
    place.log.close()
    waiting.join(5)
    assert not waiting.is_alive() and len(failed) == 1
    assert time.monotonic() - began < 12.0
    kafka.start()

"""The real servers, for every test that asks for one: started at the first question, one each for the whole session.

Where TIDINGS_LOG, TIDINGS_SERIES, TIDINGS_DOCUMENTS, TIDINGS_OBJECTS or TIDINGS_MQTT names a server, that one is used.
A server that cannot be started skips the test; with CI=true it fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from services.every import SERVERS
from services.problem import CannotServe
from services.server import Server


def require(server: type[Server]) -> None:
    """Skips the test, or fails it with CI=true, where the server cannot be started."""
    if (why := server.missing()) is not None:
        _give_up(why)


def _give_up(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI has every server, but: {why}", pytrace=False)
    pytest.skip(why)


def _url(name: str, factory: pytest.TempPathFactory) -> Iterator[str]:
    kind = SERVERS[name]
    if named := os.environ.get(kind.setting):
        yield named
        return
    require(kind)
    try:
        with kind.running(factory.mktemp(name)) as server:
            yield server.url
    except CannotServe as why:
        _give_up(str(why))


@pytest.fixture(scope="session")
def kafka_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """kafka://HOST:PORT; use topics of your own names."""
    yield from _url("kafka", tmp_path_factory)


@pytest.fixture(scope="session")
def influx_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """influx://TOKEN@HOST:PORT/ORG; use buckets of your own names."""
    yield from _url("influx", tmp_path_factory)


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mongodb://HOST:PORT; use ids or a database of your own names."""
    yield from _url("mongo", tmp_path_factory)


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """s3://KEY:SECRET@HOST:PORT/BUCKET; use prefixes of your own names."""
    yield from _url("s3", tmp_path_factory)


@pytest.fixture(scope="session")
def mosquitto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mqtt://HOST:PORT; use client ids and topics of your own names."""
    yield from _url("mosquitto", tmp_path_factory)

"""A broker for all tests of the bridge, and a bridge over a log of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from functions.broker.broker import EmbeddedBroker
from tests.brokers import Device, running
from tests.functions.bridge.edge import Edge


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with running(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def device(broker: EmbeddedBroker) -> Iterator[Device]:
    device = Device(broker.port5)
    yield device
    device.close()


@pytest.fixture
def edge(broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Callable[..., Edge]]:
    """Starts bridges under a client id of this test."""
    started: list[Edge] = []

    def start(name: str = "log") -> Edge:
        started.append(Edge(broker.url, tmp_path / name, f"bridge-{tmp_path.name}"))
        return started[-1]

    yield start
    for each in started:
        each.close()

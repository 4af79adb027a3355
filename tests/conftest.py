"""What every test may ask for, and the one profile of hypothesis: examples are the same in every run."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import influx_url, kafka_url, mongo_url, mosquitto_url, s3_url

__all__ = ["free_port", "influx_url", "kafka_url", "mongo_url", "mosquitto_url", "s3_url"]

settings.register_profile(
    "tidings", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tidings")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives a port of 127.0.0.1 that nobody listens on, another at each call."""
    return _free_port

"""Fleets, a real broker and a small platform for the tests of the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from iotcore import Broker

from simulator.fleet import Fleet, build
from simulator.profiles import PROFILES
from tests.simulator.tiny_platform import TinyPlatform

CONFIG = """
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 10
[v4.1]
name = "v4"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 100000
max_inflight_count = 100
"""


@pytest.fixture
def fleet() -> Fleet:
    """Two devices of each profile, a message a second."""
    return build(list(PROFILES), 10, 0, 1.0, seed=1)


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[[int], Broker]]:
    """Starts a broker on a port; all are stopped at the end."""
    with ExitStack() as stack:

        def start(port: int) -> Broker:
            config = tmp_path / f"broker-{port}.toml"
            config.write_text(CONFIG.format(port=port))
            return stack.enter_context(Broker(config_path=str(config)))

        yield start


@pytest.fixture
def tiny_platform() -> Iterator[TinyPlatform]:
    """Listens on a free port until the test is over."""
    with TinyPlatform() as platform:
        yield platform

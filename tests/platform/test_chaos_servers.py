"""Killed on the real servers, four times under load: nothing is lost, doubled or wrong, and the alerts are those of a
run that nobody disturbed. Runs where TIDINGS_CHAOS is set: it takes some minutes of a machine that does nothing else.
"""

from __future__ import annotations

import os

import pytest

from benchmarks import chaos_servers
from benchmarks.chaos_outcome import Outcome
from benchmarks.chaos_servers import Plan
from services.every import SERVERS
from tests.servers import require

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("TIDINGS_CHAOS"), reason="wants a quiet machine for minutes: TIDINGS_CHAOS=1"
    ),
]

KILLED = ("kill-bridge", "kill-kafka", "kill-store", "kill-stream")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Of four kills within a minute."""
    for server in SERVERS.values():
        require(server)
    return chaos_servers.run(tmp_path_factory.mktemp("chaos"), Plan(KILLED, devices=20, apart=2.0, seed=7))


def test_nothing_is_lost_doubled_or_wrong(outcome: Outcome) -> None:
    assert outcome.audit is not None
    assert outcome.audit.status == 0, outcome.audit.words
    assert outcome.audit.report["readings"]["stored"] > 800


def test_alerts_are_those_of_an_undisturbed_run(outcome: Outcome) -> None:
    assert outcome.compared["alert"] > 10
    assert outcome.differs == {"alert": [], "anomaly": []}
    assert outcome.silent == []


def test_what_was_repeated_is_the_same_to_the_bit(outcome: Outcome) -> None:
    assert outcome.contradictions == []


def test_all_came_back_and_ended_well(outcome: Outcome) -> None:
    """How soon is for a machine that does nothing else: `make chaos` tells it."""
    assert set(outcome.recovery) == set(KILLED)
    assert outcome.unacked == 0
    assert set(outcome.ended.values()) == {0}

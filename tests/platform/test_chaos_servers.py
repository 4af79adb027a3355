"""Killed on the real servers, four times under load: nothing is lost, doubled or wrong, and the alerts are those of a
run that nobody disturbed. How soon all is well again is not asserted: other tests run beside this one.
"""

from __future__ import annotations

import faulthandler

import pytest

from benchmarks import chaos_servers
from benchmarks.chaos_outcome import Outcome
from benchmarks.chaos_servers import Plan
from services.every import SERVERS
from tests.servers import require

pytestmark = pytest.mark.slow

KILLED = ("kill-bridge", "kill-kafka", "kill-store", "kill-stream")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Of four kills. It takes longer than a test that hangs may take before pytest tells where."""
    faulthandler.cancel_dump_traceback_later()
    for server in SERVERS.values():
        require(server)
    return chaos_servers.run(tmp_path_factory.mktemp("chaos"), Plan(KILLED, devices=20, apart=2.0, seed=7))


def test_nothing_is_lost_doubled_or_wrong(outcome: Outcome) -> None:
    assert outcome.audit is not None
    assert outcome.audit.status == 0, outcome.audit.words
    assert outcome.report["readings"]["stored"] > 5_000
    assert outcome.report["rollups"]["checked"] > 50


def test_the_archive_has_every_reading(outcome: Outcome) -> None:
    assert outcome.archived == outcome.report["ledger"]["validate"]["out"] > 5_000


def test_alerts_and_anomalies_are_those_of_an_undisturbed_run(outcome: Outcome) -> None:
    assert outcome.compared["alert"] > 50
    assert outcome.compared["anomaly"] > 10
    assert outcome.differs == {"alert": [], "anomaly": []}


def test_no_silence_is_told_of_a_device_that_sends(outcome: Outcome) -> None:
    assert outcome.silent == []


def test_what_was_repeated_is_the_same_to_the_bit(outcome: Outcome) -> None:
    assert outcome.contradictions == []


def test_all_came_back_and_ended_well(outcome: Outcome) -> None:
    assert set(outcome.recovery) == set(KILLED)
    assert outcome.left > 0, "the kills came under load"
    assert outcome.unacked == 0
    assert set(outcome.ended.values()) == {0}

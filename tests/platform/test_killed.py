"""Killed at random moments under devices that repeat, reorder and revise, over MQTT and HTTP: nothing is lost,
doubled or wrong."""

from __future__ import annotations

import pytest

from benchmarks import chaos
from benchmarks.chaos import Outcome, Plan
from benchmarks.demo_process import Demo


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Of three kills within some twenty seconds."""
    folder = tmp_path_factory.mktemp("killed")
    with Demo(folder / "data") as demo:
        return chaos.run(demo, folder, Plan(kills=3, apart=3.0, devices=20, interval=0.25, seed=7))


def test_all_is_compared_and_clean(outcome: Outcome) -> None:
    assert outcome.audit is not None
    assert outcome.audit.status == 0, outcome.audit.words
    report = outcome.audit.report
    assert report["readings"]["acked"] > 5_000
    assert report["rollups"]["checked"] > 100


def test_every_message_was_acknowledged_in_the_end(outcome: Outcome) -> None:
    assert outcome.unacked == [0, 0]
    assert outcome.ended == 0


def test_the_archive_has_every_reading(outcome: Outcome) -> None:
    """Each row that validate gave is in a file, and the manifest that was written between the kills knows each file."""
    assert outcome.audit is not None
    report = outcome.audit.report
    assert report["archive"]["rows"] == report["ledger"]["validate"]["out"] > 0
    assert outcome.manifest == outcome.rebuilt != []


def test_what_was_raised_was_raised_once(outcome: Outcome) -> None:
    """A repeat on the log has the same id; `check --log` has compared them."""
    assert outcome.audit is not None
    assert outcome.raised
    assert outcome.audit.report["alerts"]["raised in log.events"] == len(set(outcome.raised))


def test_what_was_repeated_on_the_log_is_the_same_to_the_bit(outcome: Outcome) -> None:
    assert outcome.repeated > 0
    assert outcome.contradictions == []

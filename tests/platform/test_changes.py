"""What is changed through the API travels: into the log, through the functions, and out to the live channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.demo_process import Demo, until
from tests.platform.live import Channel, channel

RULE = {
    "name": "Kiln too hot",
    "severity": "critical",
    "scope": {"devices": ["kiln-*"]},
    "metric": "heat",
    "when": {"kind": "threshold", "op": ">", "value": 50, "clear": 40},
}


class Kiln:
    """A device with a rule of its own, and what the live channel tells."""

    def __init__(self, demo: Demo, live: Channel, name: str) -> None:
        self.demo, self.live, self.name, self.rule = demo, live, name, f"rule-of-{name}"

    def define(self) -> None:
        body = {**RULE, "scope": {"devices": [self.name]}}
        assert self.demo.call("PUT", f"/api/v1/rules/{self.rule}", json=body).status_code == 201

    def report(self, heat: float) -> None:
        sent = self.demo.call("POST", f"/api/v1/devices/{self.name}/telemetry", json={"heat": heat})
        assert sent.status_code == 202, sent.text

    def told(self, verb: str) -> dict[str, Any]:
        return self.live.wait("alert", rule=self.rule, verb=verb)

    def command(self, alert: str, kind: str, **more: Any) -> str:
        body = {"device": self.name, "by": "Ada", **more}
        answer = self.demo.call("POST", f"/api/v1/alerts/{alert}/{kind}", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["command"])

    def document(self, alert: str) -> dict[str, Any]:
        """Empty until materialize has written it."""
        answer = self.demo.call("GET", f"/api/v1/alerts/{alert}")
        held: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return held


@pytest.fixture(scope="module")
def live(running: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    def knock() -> bool:
        return running.call("POST", "/api/v1/devices/knock/telemetry", json={"heat": "1"}).status_code == 400

    with channel(running, tmp_path_factory.mktemp("live") / "events", knock) as heard:
        yield heard


@pytest.fixture
def kiln(running: Demo, live: Channel, request: pytest.FixtureRequest) -> Kiln:
    """Under a rule that was written while the platform ran, and too hot since."""
    kiln = Kiln(running, live, f"kiln-{request.node.name.removeprefix('test_')[:40].replace('_', '-')}")
    kiln.define()
    kiln.report(60)
    return kiln


def test_a_new_rule_judges_the_next_reading(kiln: Kiln) -> None:
    raised = kiln.told("raised")
    assert (raised["device"], raised["value"], raised["threshold"]) == (kiln.name, 60, 50)
    kiln.report(30)
    assert kiln.told("cleared")["id"] == raised["id"]


def test_an_acknowledgement_rides_on_the_next_event_of_the_alert(kiln: Kiln) -> None:
    alert = kiln.told("raised")["id"]
    command = kiln.command(alert, "acknowledge")
    acknowledged = kiln.told("acknowledged")
    assert (acknowledged["command"], acknowledged["acknowledged"]["by"]) == (command, "Ada")
    until(lambda: kiln.document(alert).get("acknowledged"), "the acknowledgement in the document")


def test_a_snooze_says_until_when(kiln: Kiln) -> None:
    command = kiln.command(kiln.told("raised")["id"], "snooze", **{"for": "30m"})
    snoozed = kiln.told("snoozed")
    assert snoozed["command"] == command
    assert snoozed["snoozed_until"] > snoozed["updated_at"]


def test_what_is_over_cannot_be_resolved(kiln: Kiln) -> None:
    alert = kiln.told("raised")["id"]
    first = kiln.command(alert, "resolve")
    assert kiln.told("cleared")["command"] == first
    second = kiln.command(alert, "resolve")
    rejected = kiln.live.wait("rejected", command=second)
    assert (rejected["reason"], rejected["device"]) == ("no_open_alert", kiln.name)
    kept = until(lambda: kiln.demo.get(f"devices/{kiln.name}/rejected")["items"], "the refusal in the documents")
    assert (kept[0]["reason"], kept[0]["command"]) == ("no_open_alert", second)


def test_a_rule_that_goes_takes_its_alert_with_it(kiln: Kiln) -> None:
    alert = kiln.told("raised")["id"]
    gone = kiln.demo.call("DELETE", f"/api/v1/rules/{kiln.rule}", headers={"If-Match": "*"})
    assert gone.status_code == 204, gone.text
    cleared = kiln.told("cleared")
    assert (cleared["id"], cleared["reason"]) == (alert, "rule_changed")
    kiln.report(70)
    until(lambda: kiln.document(alert).get("state") == "cleared", "the end in the document")
    assert len(kiln.live.find("alert", rule=kiln.rule, verb="raised")) == 1

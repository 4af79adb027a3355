"""Random scripts for the alert function, in the language of the vectors, and what must hold of whatever it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from events import types
from events.event import Event
from events.payloads import Alert
from events.state import State
from functions.alert.conditions import Spot
from functions.alert.rulebook import Rulebook
from tests.rules.vectors import Player

Step = tuple[str, Any]
HOT = {"kind": "threshold", "op": ">", "value": 8, "clear": 6}
RULES: dict[str, list[dict[str, Any]]] = {
    "hot": [{"metric": "a", "when": HOT}, {"metric": "*", "when": {**HOT, "value": 7}}],
    "long": [{"metric": "*", "when": {**HOT, "for": "20s", "max_gap": "90s"}}],
    "often": [{"metric": "a", "when": {**HOT, "count": {"n": 2, "of": 3}}, "scope": {"devices": ["p"]}}],
    "tagged": [{"metric": "b", "scope": {"tags": {"x": "1"}}, "when": HOT}],
    "rise": [{"metric": "b", "when": {"kind": "rate", "per": "1s", "op": ">=", "value": 1, "max_gap": "2m"}}],
    "gone": [{"when": {"kind": "missing", "for": "30s"}}, {"when": {"kind": "missing", "for": "50s"}}],
    "mute": [{"metric": "a", "scope": {"tags": {"x": "1"}}, "when": {"kind": "missing", "for": "20s"}}],
    "odd": [{"metric": "*", "when": {"kind": "anomaly", "min_score": 0.5}}],
}
DEVICES: list[dict[str, Any] | None] = [{"tags": {"x": "1"}}, {}, {"enabled": False}, None]

READING = st.tuples(
    st.sampled_from("ppf"), st.sampled_from("aab"), st.sampled_from([1, 5, 20, 65, 100, 0, 700, -3, -50]),
    st.sampled_from(["5", "9", "6", "7", "8", "8.5", "12", "'t'"]),
    st.sampled_from(["", "", "", " retained", " repeated"]),
)  # fmt: skip
STEP: st.SearchStrategy[Step] = st.one_of(
    *[st.tuples(st.just("read"), st.lists(READING, min_size=3, max_size=12))] * 4,
    st.tuples(st.just("tick"), st.sampled_from([1, 5, 5, 60])),
    st.tuples(st.just("wait"), st.sampled_from([10, 40, 70])),
    st.tuples(st.just("rule"), st.tuples(st.sampled_from(sorted(RULES)), st.integers(0, 4))),
    st.tuples(st.just("device"), st.tuples(st.sampled_from("pf"), st.sampled_from(DEVICES))),
    st.tuples(st.sampled_from(["acknowledge", "snooze", "resolve"]), st.integers(0, 9)),
    st.tuples(
        st.just("anomaly"), st.tuples(st.sampled_from("pf"), st.integers(0, 1), st.sampled_from([0.4, 0.6, 0.8]))
    ),
)
SCRIPT = st.lists(STEP, min_size=1, max_size=25)


@dataclass
class Story:
    """Plays a script. cut: `as it is`, `single` rows or `joined`: all readings between two other events in one
    batch."""

    cut: str = "as it is"
    player: Player = field(default_factory=Player)
    said: list[Event] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    time: float = 0
    commands: int = 0
    anomalies: dict[str, str] = field(default_factory=dict)
    revisions: Counter[str] = field(default_factory=Counter)

    def play(self, script: Iterable[Step]) -> Story:
        self.player.tick(0)
        for name in RULES:
            self._rule(name, 0)
        for what, value in script:
            if what == "read":
                self._read([self._reading(*reading) for reading in value])
            else:
                self._flush()
                self._other(what, value)
        self._flush()
        return self

    def _read(self, rows: Sequence[str]) -> None:
        self.waiting += rows
        if self.cut != "joined":
            self._flush()

    def _flush(self) -> None:
        rows, self.waiting = self.waiting, []
        for part in rows if self.cut == "single" else [", ".join(rows)] if rows else []:
            self.said += self.player.step({"read": part})

    def _reading(self, device: str, metric: str, later: int, value: str, mark: str) -> str:
        self.time += max(0, later)
        return f"{device}/{metric} {self.time + min(0, later)} {value}{mark}"

    def _other(self, what: str, value: Any) -> None:
        if what == "tick":
            self.said += self.player.tick(self.player.clock + value)
        elif what == "wait":
            self.said += self.player.step({"ticks": int(self.player.clock) + value})
        elif what == "rule":
            self._rule(*value)
        elif what == "device":
            self._define("device", *value)
        elif what == "anomaly":
            self._anomaly(*value)
        else:
            self._command(what, value)

    def _rule(self, id: str, variant: int) -> None:
        """Variants past the last: the rule disabled, then deleted."""
        documents = [*RULES[id], {**RULES[id][0], "enabled": False}, None]
        self._define("rule", id, documents[variant % len(documents)])

    def _define(self, kind: str, id: str, document: dict[str, Any] | None) -> None:
        self.revisions[id] += 1
        document = None if document is None else {"id": id, **document}
        define = {"kind": kind, "id": id, "revision": self.revisions[id], "document": document}
        self.said += self.player.step({"define": define})

    def _anomaly(self, device: str, number: int, score: float) -> None:
        id = f"{device}{number}"
        verb = "updated" if id in self.anomalies else "opened"
        start = self.anomalies.setdefault(id, f"{self.time}")
        if verb == "updated" and score < 0.5:
            verb = "closed"
            del self.anomalies[id]
        text = f"{verb} {id}{start} {device}/b start={start} at={self.time} score={score}"
        self.said += self.player.step({"anomaly": text})

    def _command(self, kind: str, number: int) -> None:
        alerts = list(dict.fromkeys((e.data.id, e.subject) for e in self.said if isinstance(e.data, Alert)))
        id, device = alerts[-1 - number % len(alerts)] if alerts else ("none", "p")
        self.commands += 1
        self.said += self.player.command(f"c{self.commands}", kind, id, device, self.time)


def told(said: Sequence[Event]) -> list[tuple[Any, ...]]:
    """What must not differ between two plays: of each event its type, id, tenant, subject and data."""
    return [(event.type, event.id, event.tenant, event.subject, event.data) for event in said]


def check_alerts(said: Sequence[Event]) -> None:
    """What holds of every alert: raised once, versions without a hole, one open at a place, times that fit."""
    versions: dict[str, int] = {}
    state: dict[str, str] = {}
    times: dict[str, int] = {}
    open_at: dict[tuple[str, str, str | None], str] = {}
    for event in said:
        alert, verb = event.data, types.verb(event.type)
        if not isinstance(alert, Alert):
            continue
        place = (alert.rule, alert.device, alert.metric)
        assert alert.version == versions.get(alert.id, 0) + 1
        assert (verb == "raised") == (alert.version == 1)
        if verb in ("acknowledged", "snoozed"):
            assert alert.state == "active"
        if verb == "cleared":
            assert state[alert.id] == "active" or alert.command
        if verb == "updated":
            assert alert.updated_at - times[alert.id] >= 60_000_000 or alert.state == "cleared"
        if verb in ("raised", "updated"):
            times[alert.id] = alert.updated_at
        versions[alert.id], state[alert.id] = alert.version, alert.state
        assert (alert.cleared_at is None) == (alert.state == "active")
        if alert.state == "active":
            assert open_at.setdefault(place, alert.id) == alert.id
        elif open_at.get(place) == alert.id:
            del open_at[place]


def check_state(state: State, said: Sequence[Event]) -> None:
    """What was last said of every alert is what the state holds; marks and deadlines are those that a new book
    finds."""
    last = {event.data.id: event.data for event in said if isinstance(event.data, Alert)}
    book = Rulebook(state)
    watched = book.watches.all()
    held = {watch["alarm"]["document"]["id"]: watch["alarm"] for _, _, watch in watched if watch["alarm"]}
    for alert in last.values():
        assert alert.state == "cleared" or alert.id in held
    for id, alarm in held.items():
        assert alarm["said"][0] == last[id].state and alarm["document"]["version"] == last[id].version
    series, silence = state.tables["series"], state.tables["silence"]
    marked = {key for row, key in enumerate(series.keys) if series["watched"][row]}
    assert marked == {tuple(spot) for spot, _, watch in watched if watch["reads"] and series.find(spot) is not None}
    marked = {key for row, key in enumerate(silence.keys) if silence["watched"][row]}
    assert marked == {(*spot, rule) for spot, rule, _ in watched if silence.find((*spot, rule)) is not None}
    assert set(silence.keys) == {key for key in series.keys for key in book.silences(Spot(*key))}

"""Scripts of an inbox, runs of it under operations on pods, and what must not differ between two runs.

Times: the clock of a script is in steps of STEP, so that a silence of 6 s is passed by two long ticks without a gap;
device times are in seconds. A script's last ticks close every bucket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from events import types
from events.checkpoint import Verdict
from events.event import Event
from events.handler import Function
from events.payloads import Changed, Command, Refused, Ticked
from events.readings import FRESH, REPEATED, Readings, Row
from functions.catalogue import function
from functions.manifest import Declared, manifest
from tests.law import toy_score
from tests.law.faults import Faults
from tests.law.memory import MemoryDocuments, MemorySeries, Written
from tests.law.world import SHARD, Pod, World

SECOND = 1_000_000
STEP = 80_000
START = 1_795_000_020 * SECOND
LONG = 31 * 86_400 * SECOND
NAMES = ("validate", "score", "alert", "record", "materialize")
PROFILE = {"id": "d", "devices": ["d*"], "offline_after": "6s"}

Script = Sequence[tuple[str, Any]]
Op = tuple[str, int, int]


def rule(revision: int, value: float) -> dict[str, Any]:
    """The threshold rule of a script at a revision."""
    when = {"kind": "threshold", "op": ">", "value": value, "clear": value - 10}
    return {"id": "high", "metric": "t", "when": when, "name": f"high {revision}"}


DOCUMENTS = (
    Changed(kind="profile", id="d", revision=1, document=PROFILE),
    Changed(kind="rule", id="high", revision=1, document=rule(1, 40)),
    Changed(kind="rule", id="mute", revision=1, document={"id": "mute", "when": {"kind": "missing", "for": "6s"}}),
    Changed(kind="rule", id="odd", revision=1, document={"id": "odd", "metric": "*", "when": {"kind": "anomaly"}}),
)


def documents(shard: int) -> Iterable[Event]:
    """What a new state begins with."""
    source = f"/inbox/{shard}"
    return [Event(types.DEFINITION_CHANGED, d, START, source=source, sequence="0" * 16) for d in DOCUMENTS]


class Inbox:
    """Writes the records of a script, as an edge would."""

    def __init__(self, bridge: int = 0) -> None:
        self.events: list[Event] = []
        self.now, self.start, self.count = START, bridge, 0

    def put(self, type: str, data: Any, time: int | None = None) -> None:
        """One record of the present writer."""
        self.count += 1
        source = f"/bridge/{self.start}"
        self.events.append(
            Event(type, data, time or self.now, source=source, sequence=str(self.count), id=str(self.count))
        )

    def tick(self, by: int) -> None:
        self.now += LONG if by >= 600 else by * STEP
        self.events.append(
            Event(
                types.CLOCK_TICKED,
                Ticked(clock=self.now),
                self.now,
                source="/clock/1",
                sequence=str(len(self.events) + 1),
            )
        )

    def rows(self, rows: Sequence[tuple[int, int, float]], delivery: int = FRESH, cut: bool = False) -> None:
        """Rows of (device, seconds back, value), as one record or as one each."""
        self.now += STEP
        made = [
            Row(f"d{d}", "t", self.now - back * SECOND, self.now, float(v), delivery=delivery) for d, back, v in rows
        ]
        for part in [[row] for row in made] if cut else [made]:
            self.put(types.TELEMETRY_RECEIVED, Readings.of(part))


def inbox_of(script: Script, cut: bool = False, redeliver: bool = False) -> list[Event]:
    """The inbox of a script. cut: a row a record. redeliver: at a `restart` its last records come again, by a new
    writer, as DUP."""
    inbox, revision = Inbox(), 1
    sent: list[Readings] = []
    inbox.tick(0)
    for what, x in script:
        if what == "tick":
            inbox.tick(x)
        elif what == "rule":
            revision += 1
            inbox.put(
                types.DEFINITION_CHANGED,
                Changed(kind="rule", id="high", revision=revision, document=rule(revision, 20 + 40 * x)),
            )
        elif what == "ack":
            inbox.put(
                types.COMMAND_GIVEN,
                Command(id=f"c{inbox.count}", kind="acknowledge", alert="?", device=f"d{x}", by="me", at=inbox.now),
            )
        elif what == "refused":
            inbox.put(
                types.PAYLOAD_REFUSED,
                Refused(device=f"d{x}", reason="bad_json", field="", detail="", received=inbox.now),
            )
        elif what == "restart":
            if redeliver:
                inbox.start, inbox.count = inbox.start + 1, 0
                for readings in sent[max(0, len(sent) - x) :]:
                    again = [row._replace(received=inbox.now, delivery=REPEATED) for row in readings.rows()]
                    inbox.put(types.TELEMETRY_RECEIVED, Readings.of(again))
            sent = []
        else:
            inbox.rows(x, cut=cut)
            sent.append(inbox.events[-1].data)
    for _ in range(3):
        inbox.tick(60)
    inbox.tick(2500)  # 200 s: past every bucket and its grace; a gap, so no deadline comes with it
    return inbox.events


def functions_of(written: Written, faults: Faults, real_score: bool) -> list[Function]:
    """The platform's functions over stores of the world, each call with buffers of its own."""
    ports = {"series": MemorySeries(written), "documents": MemoryDocuments(written)}
    made = []
    for name in NAMES:
        declared: Declared = manifest().functions[name]
        if name == "score" and not real_score:
            toy = Function(
                "score",
                declared.takes,
                declared.gives,
                lambda state: lambda e: toy_score.handle(e, state=state),
                toy_score.LAYOUT,
            )
            made.append(faults.put_into(toy))
        else:
            made.append(faults.put_into(function(name, declared, ports)))
    return made


class Run:
    """A world played to its end."""

    def __init__(self, inbox: Sequence[Event], fails: Mapping[object, int] | None = None, real_score: bool = False,
                 after: dict[str, int] | None = None, verdicts: Iterable[Verdict] = ()) -> None:  # fmt: skip
        self.written, self.faults = Written(), Faults(dict(fails or {}), after)
        self._make: Callable[[], list[Function]] = lambda: functions_of(self.written, self.faults, real_score)
        self.world = World(inbox, self._make())
        for verdict in verdicts:
            self.world.verdicts[verdict.function, verdict.source, verdict.sequence] = verdict
        self.pods, self.zombies = [self.pod(NAMES)], list[Pod]()

    def pod(self, names: Iterable[str]) -> Pod:
        """A new owner of some functions, with buffers of its own."""
        self.world.functions = self._make()
        return Pod(self.world, names, documents)

    def play(self, ops: Iterable[Op] = ()) -> Run:
        """Operations, then all pods drain, every zombie lets go of what it holds, and all drain again."""
        for what, a, n in ops:
            OPERATIONS[what](self, a, n)
        self.drain()
        for zombie in self.zombies:
            zombie.log.flush()
            zombie.flush_stores()
        self.pods = [self.pod(NAMES)]
        self.drain()
        return self

    def drain(self) -> None:
        """Until nobody has anything to do."""
        while sum(pod.step(0) for pod in self.pods):
            pass
        for pod in self.pods:
            pod.save()

    def step(self, a: int, n: int) -> None:
        for _ in range(n):
            self.pods[a % len(self.pods)].step(a)

    def save(self, a: int, n: int) -> None:
        self.pods[a % len(self.pods)].save(n or None)

    def crash(self, a: int, n: int) -> None:
        """Within the produces, after the stores, or after a save."""
        i = a % len(self.pods)
        pod = self.pods[i]
        if n % 3 == 1:
            pod.flush_stores()
        elif n % 3 == 2:
            pod.save(n // 3)
        else:
            pod.log.flush_some(n, a % 3)
        pod.drop()
        self.pods[i] = self.pod(pod.names)

    def paused(self, a: int, n: int) -> None:
        """Its owner is left behind; a new one takes over."""
        i = a % len(self.pods)
        self.zombies.append(self.pods[i])
        self.pods[i] = self.pod(self.pods[i].names)

    def zombie(self, a: int, n: int) -> None:
        """One that was left behind goes on for a while, and lets go of part of what it holds, or tries to save."""
        if not self.zombies:
            return
        zombie = self.zombies[a % len(self.zombies)]
        for _ in range(n % 3):
            zombie.step(0)
        if n < 7:
            zombie.log.flush_some(n, a % 3)
        else:
            zombie.save(n - 6)

    def move(self, a: int, n: int) -> None:
        """Another spread of functions over pods; the old owners crash, or live on as zombies."""
        if n % 2:
            self.zombies += self.pods
        else:
            for pod in self.pods:
                pod.drop()
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for name, group in zip(NAMES, SPREADS[-1 - a % len(SPREADS)], strict=True):
            groups[group].append(name)
        groups.pop(9, None)
        self.pods = [self.pod(names) for names in groups.values()]


SPREADS = [
    (0, 0, 0, 1, 1), (0, 0, 0, 0, 0), (0, 1, 1, 2, 3), (0, 1, 1, 0, 0), (0, 0, 0, 0, 1), (0, 1, 1, 1, 2),
    (0, 0, 0, 1, 0), (0, 0, 9, 9, 1), (0, 1, 9, 1, 1),
]  # fmt: skip
"""Functions over pods; 9: not deployed for now. Alert never runs apart from score (the manifest refuses it)."""

OPERATIONS: dict[str, Callable[[Run, int, int], None]] = {
    "step": Run.step, "save": Run.save, "crash": Run.crash, "paused": Run.paused, "zombie": Run.zombie,
    "move": Run.move,
}  # fmt: skip


def said(run: Run, topic: str) -> set[tuple[str, str, Any]]:
    """(id, type, data) of what stands in a topic."""
    return {(event.id, event.type, repr(event.data)) for event in run.world.logs[topic]}


def facts(run: Run) -> dict[str, Any]:
    """What must not differ from the reference run."""
    states = {name: saved.state for name, saved in run.world.saved.items()}
    topics = {
        topic: said(run, topic) for topic in ("anomaly", "alert", "rejected", "device", "dead.letter", types.PLATFORM)
    }
    dead = {event.id for event in run.world.logs["dead.letter"]}
    w = run.written
    return {**topics, "dead.letter": dead, "rows": w.rows, "rolls": w.rolls, "documents": w.documents, "states": states}


def readings_facts(run: Run) -> dict[str, Any]:
    """What must not differ however the readings were cut into batches: rows by identity, and what lasts by id,
    verb and version."""
    names = {topic: {(e.id, e.type) for e in run.world.logs[topic]} for topic in ("anomaly", "alert")}
    rows = {identity: value for identity, (_, _, value) in run.written.rows.items()}
    return {**names, "rows": rows, "rolls": run.written.rolls}


def consistent(run: Run) -> None:
    """What must hold of any run by itself."""
    for topic, log in run.world.logs.items():
        byname: dict[tuple[str, str], str] = {}
        for event in log:
            what = f"{event.type} {event.data!r}"
            assert byname.setdefault((event.source, event.sequence), what) == what, f"two events of one name in {topic}"
    for (width, device, metric, start), rolled in run.written.rolls.items():
        assert rolled == run.written.from_raw(width, device, metric, start), (
            f"rollup of {device} at {start} is not its rows'"
        )


def same(got: Mapping[str, Any], want: Mapping[str, Any]) -> None:
    """Equal, or the first part that is not."""
    for part in want:
        assert got[part] == want[part], part


__all__ = ["SHARD", "Run", "consistent", "facts", "inbox_of", "readings_facts", "same"]

"""Apache Kafka, one node that is broker and controller (KRaft). TIDINGS_LOG.

Its jars come from Maven; nothing is compiled. Topics are not made by asking for them: who needs one creates it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cache import RECIPES, Build, find, held, step, tell
from services.ports import HOST, ask
from services.problem import CannotServe
from services.server import Server

POM = RECIPES / "kafka" / "pom.xml"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
BUILD = Build("kafka", (POM,), {"mvn": "apt-get install maven", "java": "apt-get install default-jre-headless"})

METADATA = struct.pack(">ihhihi", 14, 3, 1, 1, -1, 0)
"""A request of Kafka's protocol: length, api key 3 (Metadata), version 1, correlation id, no client id, no topic."""

ANSWERED = struct.Struct(">iii")
"""The begin of its answer: length, correlation id, how many brokers take clients."""

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
# One node keeps one copy.
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# A few groups need no 50 partitions, which take longer to open at each start.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# A group of one need not wait for others.
group.initial.rebalance.delay.ms=0
# A broker that was killed is let in again only when its last session is over; the default is 9 s.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
# A topic that nobody created is a mistake to be seen.
auto.create.topics.enable=false
# The cleaner's default, 128 MB, is a quarter of the heap.
log.cleaner.dedupe.buffer.size=8388608
{extra}
"""


class Kafka(Server):
    """A broker. `extra`: lines of server.properties (another listener, limits, …)."""

    name = "kafka"
    setting = "TIDINGS_LOG"
    listeners = 2
    ready_within = 120.0

    @property
    def url(self) -> str:
        return f"kafka://{HOST}:{self.port}"

    @classmethod
    def _lacks(cls) -> str | None:
        if find("java") is None:
            return "kafka runs on Java, which is missing: apt-get install default-jre-headless"
        return BUILD.missing()

    @classmethod
    def build(cls) -> None:
        BUILD.make(_fetch)
        _learn()

    def _command(self) -> Sequence[str]:
        return self._java("kafka.Kafka", heap="512m")

    def _configure(self) -> None:
        port, controller = self.ports
        text = PROPERTIES.format(host=HOST, port=port, controller=controller, data=self.data, extra=self.extra)
        self._properties.write_text(text)
        if not (self.data / "meta.properties").exists():
            self._format()

    def _answers(self) -> bool:
        answer = ask(self.port, METADATA, ANSWERED.size)
        return len(answer) == ANSWERED.size and ANSWERED.unpack(answer)[2] > 0

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _format(self) -> None:
        """An empty folder is given the id of its cluster."""
        command = [*self._java("kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c"), str(self._properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotServe(
                f"kafka: the folder {self.data} cannot be formatted: {(done.stderr or done.stdout).strip()}"
            )

    def _java(self, main: str, *arguments: str, heap: str = "128m") -> list[str]:
        return [
            str(find("java")), f"-Xmx{heap}", *self._classes(), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", f"{BUILD.place}/*", main, *(arguments or [str(self._properties)]),
        ]  # fmt: skip

    def _classes(self) -> list[str]:
        return [f"-XX:SharedArchiveFile={_archive()}"] if _archive().exists() else []


def cluster_id() -> str:
    """A new one, in base64. None begins with `-`, as one in 64 would: Kafka's own tool takes that for an option."""
    while (drawn := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return drawn


class _Learner(Kafka):
    """Writes down, as it ends, which classes it loaded."""

    def _classes(self) -> list[str]:
        return [f"-XX:ArchiveClassesAtExit={self.folder / _archive().name}"]


def _archive() -> Path:
    """Classes as they are in memory: with them Java starts with half the work. It is no use, and no harm, to jars at
    another place or to another Java."""
    return BUILD.place.with_suffix(".jsa")


def _learn() -> None:
    with held(BUILD.place.with_suffix(".lock")), TemporaryDirectory(dir=BUILD.place.parent) as folder:
        if _archive().exists():
            return
        tell("kafka: one start, to keep what Java loads")
        with _Learner.running(Path(folder)):
            pass
        with suppress(FileNotFoundError):  # it took too long to end, and was killed
            (Path(folder) / _archive().name).rename(_archive())


def _fetch(folder: Path) -> None:
    shutil.copy(POM, folder)
    step("kafka: 43 MB of jars from Maven", ["mvn", "-q", "-B", COPY, "-DoutputDirectory=."], folder)


running = Kafka.running

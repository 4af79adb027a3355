"""Reads manifest.toml: the functions, what they take and give, and the pods they run in. Used by app.py, main.py
and render.py."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from events.definitions import Duration

PATH = Path(__file__).with_name("manifest.toml")


class ManifestError(Exception):
    """The manifest does not fit together; one line says where and what would cure it."""


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function's line. ordered: its result depends on the order between the topics it takes."""

    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    ordered: bool = False


class Pod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pod's line. lag: e.g. `6s`. max: replicas at most (render checks it against the number of shards). gather: how
    long records may wait for others, where nobody waits for what comes of them."""

    run: tuple[str, ...]
    by: Literal["log", "http", "mqtt", "api", "live", "schedule", "clock"]
    lag: str = "10s"
    max: int = 1
    gather: Duration = "0ms"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, in the order of the file."""

    functions: dict[str, Declared]
    pods: dict[str, Pod]

    def log_pods(self) -> Mapping[str, tuple[str, ...]]:
        """Pods that read the log, with their functions; one that no pod names has a pod of its own name."""
        named = {pod: line.run for pod, line in self.pods.items() if line.by == "log"}
        placed = {function for line in self.pods.values() for function in line.run}
        alone = {name: (name,) for name, line in self.functions.items() if line.takes and name not in placed}
        return {**named, **alone}

    def givers(self) -> Mapping[str, tuple[str, ...]]:
        """topic → the functions that give it."""
        topics = dict.fromkeys(topic for declared in self.functions.values() for topic in declared.gives)
        return {
            topic: tuple(n for n, declared in self.functions.items() if topic in declared.gives) for topic in topics
        }


@cache
def manifest(path: Path = PATH) -> Manifest:
    """The manifest, checked. ManifestError if it does not fit together."""
    try:
        read = msgspec.convert(tomllib.loads(path.read_text()), Manifest)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path.name}: {error}") from error
    _check(read)
    return read


def _check(read: Manifest) -> None:
    for name, pod in read.pods.items():
        if pod.by != "log":
            continue
        unknown = [function for function in pod.run if function not in read.functions]
        if unknown:
            raise ManifestError(
                f"[pods] {name} runs {unknown[0]!r}, which has no line in [functions]: add one, or correct it"
            )
        _check_order(read, name, pod)


def _check_order(read: Manifest, name: str, pod: Pod) -> None:
    """A function whose result depends on the order between two topics shares its pod with what makes the one of
    the other."""
    for function in (f for f in pod.run if read.functions[f].ordered):
        takes = read.functions[function].takes
        for topic in takes:
            for giver in read.givers().get(topic, ()):
                fed_by_same = set(read.functions[giver].takes) & set(takes)
                if fed_by_same and giver not in pod.run:
                    raise ManifestError(
                        f"[pods] {name}: {function} takes {topic!r} and {sorted(fed_by_same)[0]!r}, and {giver} makes "
                        f"the one of the other: run {giver} in {name} too"
                    )

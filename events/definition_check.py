"""Whether a document is a definition, and if not, where and why. Used by the web APIs and the loader of files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from events.definitions import MODELS, Device, Missing, Profile, Rate, Rule, Threshold, microseconds

LONGEST = 3_600_000_000
"""No deadline on the clock of the log is longer (µs)."""

_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_LACKING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)


class Fault(NamedTuple):
    """field: `when.value`, `metrics.flow.min`; "" for the document itself."""

    field: str
    detail: str


class Unfit(ValueError):
    """A document that is no definition of its kind."""

    def __init__(self, kind: str, faults: list[Fault]) -> None:
        super().__init__(f"not a {kind}: " + "; ".join(f"{fault.field}: {fault.detail}" for fault in faults))
        self.kind, self.faults = kind, faults


def check(kind: str, document: Any) -> dict[str, Any]:
    """The document with all defaults filled in. Unfit, with the path of what is wrong."""
    try:
        model = msgspec.convert(document, MODELS[kind])
    except msgspec.ValidationError as error:
        raise Unfit(kind, [_located(kind, document, str(error))]) from error
    built: dict[str, Any] = msgspec.to_builtins(model)
    faults = [*_infinite(built), *_senseless(model)]
    if faults:
        raise Unfit(kind, faults)
    return built


def _infinite(value: Any, path: str = "") -> Iterator[Fault]:
    """Numbers that JSON has no form for; YAML has `.inf` and `.nan`."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Fault(path, f"{value} is not a finite number")
    elif isinstance(value, Mapping | list):
        for key, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _infinite(each, f"{path}.{key}".strip("."))


def _located(kind: str, document: Any, message: str) -> Fault:
    """The fault that msgspec tells of; its path says `[...]` for a key of a mapping, which is found by trying each."""
    found = _MESSAGE.fullmatch(message)
    what, path = (found["what"], found["path"] or "$") if found else (message, "$")
    inside, mark, _ = path.partition("[...]")
    if mark:
        for key, alone in _each_alone(document, inside.removeprefix("$").strip(".").split(".")):
            try:
                msgspec.convert(alone, MODELS[kind])
            except msgspec.ValidationError:
                path = path.replace("[...]", f".{key}", 1)
                break
    return _named(path.removeprefix("$").strip("."), what)


def _each_alone(document: Any, path: list[str]) -> Iterator[tuple[str, Any]]:
    """The document with one key only in the mapping at a path, for each of its keys."""
    name, *rest = path
    if not isinstance(document, Mapping) or not isinstance(held := document.get(name), Mapping):
        return
    each = _each_alone(held, rest) if rest else ((key, {key: value}) for key, value in held.items())
    yield from ((key, {**document, name: alone}) for key, alone in each)


def _named(path: str, what: str) -> Fault:
    for pattern, words in ((_UNKNOWN, "is not a field that is known here"), (_LACKING, "is missing")):
        field = pattern.fullmatch(what)
        if field:
            return Fault(f"{path}.{field[1]}".strip("."), words)
    return Fault(path, what)


def _senseless(model: Profile | Rule | Device) -> Iterator[Fault]:
    """What has the right form and cannot be meant."""
    if isinstance(model, Profile):
        for name, metric in model.metrics.items():
            if metric.min is not None and metric.max is not None and metric.min > metric.max:
                yield Fault(f"metrics.{name}.min", f"{metric.min:g} is over max, {metric.max:g}")
    elif isinstance(model, Rule):
        yield from _senseless_rule(model)


def _senseless_rule(rule: Rule) -> Iterator[Fault]:
    when = rule.when
    if rule.metric == "":
        yield Fault("metric", "is empty: name a metric or a pattern, * for all")
    if isinstance(when, Missing):
        if not 0 < microseconds(when.for_) <= LONGEST:
            yield Fault("when.for", f"{when.for_} is not more than 0 and at most 1h")
        return
    if rule.metric is None:
        yield Fault("metric", "is missing: only a rule of kind missing can do without")
    if isinstance(when, Threshold | Rate):
        yield from _senseless_level(when)


def _senseless_level(when: Threshold | Rate) -> Iterator[Fault]:
    if when.clear is not None and (when.clear > when.value if when.op[0] == ">" else when.clear < when.value):
        yield Fault("when.clear", f"{when.clear:g} would never end what {when.op} {when.value:g} began")
    if when.count is not None and when.count.n > when.count.of:
        yield Fault("when.count.n", f"{when.count.n} is more than of, {when.count.of}")
    if isinstance(when, Rate) and microseconds(when.per) == 0:
        yield Fault("when.per", "is 0")

"""Which rules look at a spot, by the definitions. Kept by rulebook.py.

Devices in the scope of the same rules share a group, and within it all series of one name a look: few of either,
however large the fleet is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple
from weakref import proxy

from events.definitions import Missing, Rate, Rule, Threshold
from events.registry import Definitions
from events.state import State
from functions.alert.conditions import Condition, Spot, condition


class Look(NamedTuple):
    """rules: all that look, in the order in which they were first defined. conditions: where those that judge
    readings stand in `Looks.conditions`. silent: ids of those that look for silence."""

    rules: tuple[Rule, ...]
    ids: frozenset[str]
    conditions: tuple[int, ...]
    silent: tuple[str, ...]


class Group(NamedTuple):
    """Rules whose scope has the same devices. looks: by metric, numbers in `Looks.looks`."""

    rules: tuple[Rule, ...]
    looks: dict[str, int]


class Looks:
    """looks: all that were ever asked for. conditions: of the rules that judge readings; the first violates nothing."""

    def __init__(self, state: State) -> None:
        self._state: State = proxy(state)
        self._definitions: dict[str, Definitions] = {}
        self._groups: dict[tuple[str, tuple[str, ...]], Group] = {}
        self._group_of: dict[tuple[str, str], Group] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self.looks: list[Look] = []
        self.conditions: list[Condition] = [_NOTHING]

    def definitions(self, tenant: str) -> Definitions:
        if tenant not in self._definitions:
            self._definitions[tenant] = Definitions(self._state, tenant)
        return self._definitions[tenant]

    def at(self, spot: Spot) -> Look:
        return self.looks[self.number(spot)]

    def number(self, spot: Spot) -> int:
        """Where the look at a spot stands in `looks`."""
        group = self._group_of.get(spot[:2])
        if group is None:
            group = self._group_of[spot[:2]] = self._group(spot.tenant, spot.device)
        number = group.looks.get(spot.metric)
        if number is None:
            number = group.looks[spot.metric] = len(self.looks)
            self.looks.append(self._look(group, spot))
        return number

    def forget(self, tenant: str, device: str) -> None:
        """The definition of a device changed: it may belong to another group."""
        self._group_of.pop((tenant, device), None)

    def _group(self, tenant: str, device: str) -> Group:
        rules = tuple(self._in_scope(tenant, device))
        return self._groups.setdefault((tenant, tuple(rule.id for rule in rules)), Group(rules, {}))

    def _in_scope(self, tenant: str, device: str) -> Iterator[Rule]:
        definitions = self.definitions(tenant)
        for rule in (definitions.get("rule", id) for id in definitions.ids("rule")):
            if rule.enabled and definitions.in_scope(device, rule.scope):
                yield rule

    def _look(self, group: Group, spot: Spot) -> Look:
        rules = tuple(rule for rule in group.rules if _names(rule, spot.metric))
        numbers = tuple(self._condition(spot.tenant, rule) for rule in rules)
        silent = tuple(rule.id for rule in rules if isinstance(rule.when, Missing))
        return Look(rules, frozenset(rule.id for rule in rules), tuple(filter(None, numbers)), silent)

    def _condition(self, tenant: str, rule: Rule) -> int:
        """The number of a rule's condition; 0 if it judges no readings."""
        if not isinstance(rule.when, Threshold | Rate):
            return 0
        number = self._numbers.setdefault((tenant, rule.id), len(self.conditions))
        if number == len(self.conditions):
            self.conditions.append(condition(rule, rule.when))
        return number


_NOTHING = condition(Rule(id="nothing", when=Threshold(op=">", value=0)), Threshold(op=">", value=float("inf")))


def _names(rule: Rule, metric: str) -> bool:
    if metric == "" or rule.metric is None:
        return isinstance(rule.when, Missing) and rule.metric is None and metric == ""
    return fnmatchcase(metric, rule.metric)

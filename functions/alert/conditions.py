"""What a rule asks for, in numbers, made once from its document. Used by rulebook.py and batch.py for whole batches, by
threshold.py and missing.py for one reading or deadline."""

from __future__ import annotations

from sys import float_info
from typing import NamedTuple

from events.clock import GRACE
from events.definitions import Count, Missing, Rate, Rule, Threshold, microseconds

NO_TIME = -(2**62)
"""The newest time of a series that has no reading yet: far from every time, and a difference to it fits an int64."""

LONGEST_SILENCE = 3_600_000_000


class Spot(NamedTuple):
    """What a rule looks at: a series, or, where metric is "", a device as a whole."""

    tenant: str
    device: str
    metric: str


class Reading(NamedTuple):
    """A reading that is newer than its series' newest, with the one before it (last_time NO_TIME: there is none).
    Times in µs."""

    time: int
    value: float
    last_time: int
    last_value: float
    received: int


class Condition(NamedTuple):
    """A threshold or rate rule in numbers, times in µs.

    A measure (the value; or its change per `per`, if that is not 0) violates where `measure op limit` holds. It
    clears where it does not violate and lies at or beyond `clear` on the good side: `<= clear` for `>` and `>=`, `>=
    clear` for `<` and `<=`. Between the two nothing begins and nothing ends; a run of violations is broken there.
    """

    rule: Rule
    upper: bool
    strict: bool
    limit: float
    clear: float
    lasting: int
    of: Count | None
    hole: int
    per: int

    def after_hole(self, reading: Reading) -> bool:
        """Whether the reading before is too old (or missing) to go on from."""
        return reading.time - reading.last_time > self.hole

    def measure(self, reading: Reading) -> float | None:
        """What is compared; None where a rate has nothing to start from."""
        if not self.per:
            return reading.value
        if self.after_hole(reading):
            return None
        rate = (reading.value - reading.last_value) / (reading.time - reading.last_time) * self.per
        return max(-float_info.max, min(float_info.max, rate))

    def violated(self, measure: float) -> bool:
        if self.upper:
            return measure > self.limit if self.strict else measure >= self.limit
        return measure < self.limit if self.strict else measure <= self.limit

    def cleared(self, measure: float) -> bool:
        beyond = measure <= self.clear if self.upper else measure >= self.clear
        return beyond and not self.violated(measure)


def condition(rule: Rule, when: Threshold | Rate) -> Condition:
    """The numbers of a rule."""
    return Condition(
        rule, when.op in (">", ">="), when.op in (">", "<"), when.value,
        when.value if when.clear is None else when.clear,
        microseconds(when.for_) if when.for_ else 0, when.count, microseconds(when.max_gap),
        microseconds(when.per) if isinstance(when, Rate) else 0,
    )  # fmt: skip


def silence(when: Missing) -> int:
    """From a sign of life to its deadline, in µs."""
    return min(microseconds(when.for_), LONGEST_SILENCE) + GRACE

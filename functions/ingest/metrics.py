"""One JSON object of a device into metrics with values that are good, and refusals for those that are not. Used by
ingest."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from functions.ingest.body import Limits
from functions.ingest.names import METRIC_RULE, are_metrics, is_metric, shown
from functions.ingest.refusal import Refusal, Unreadable

Value = float | int | str
Good = dict[str, Value]

EXACT = 2**53
"""Integers beyond it have no double of their own."""

LONGEST_TEXT = 4096
_LIKE_A_NUMBER = re.compile(
    r"[+-]?(?:\d[\d_ ]*(?:[.,]\d*)?(?:e[+-]?\d+)?|[.,]\d+(?:e[+-]?\d+)?|0x[0-9a-f]+|nan|inf|infinity)",
    re.ASCII | re.IGNORECASE,
)
"""Of a text without space around it: two repeats that both take spaces would try every way to share them."""
_NUMBERS = frozenset({float, int, bool})


def is_plain(values: Mapping[str, Any]) -> bool:
    """Whether all values are numbers that need no closer look, under names that are good: the fast path."""
    held = values.values()
    return (
        set(map(type, held)) <= _NUMBERS
        and min(held, default=-math.inf) >= -EXACT
        and max(held) <= EXACT
        and are_metrics(values)
    )


def split(item: Mapping[str, Any]) -> tuple[str | None, Any, Mapping[str, Any]]:
    """The name and value of the time of an item (None if it has none), and its values, in either form."""
    field = next((name for name in ("time", "ts") if name in item), None)
    if field == "time" and "ts" in item:
        raise Unreadable("time_unreadable", "ts", "both time and ts are given: leave one out")
    values = item.get("values")
    if isinstance(values, dict) and len(item) == 1 + (field is not None):
        return field, item.get(field or ""), values
    return field, item.get(field or ""), {name: value for name, value in item.items() if name != field}


def judge(values: Mapping[str, Any], limits: Limits) -> tuple[Good, list[Refusal]]:
    """The good metrics of an object, nested ones joined by dots, and a refusal for each of the others."""
    good: Good = {}
    refusals: list[Refusal] = []
    for name, value in _flat(values, ""):
        if (refusal := _refusal(name, value)) is not None:
            refusals.append(refusal)
        else:
            good[name] = value
        if len(good) + len(refusals) > limits.metrics:
            raise Unreadable("too_many_metrics", "", f"more than {limits.metrics} metrics in one object: send several")
    if not good and not refusals:
        raise Unreadable("empty", "", "no metric in it")
    return good, refusals


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Names and values of the leaves; the caller has checked the depth."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _refusal(name: str, value: Any) -> Refusal | None:
    if not is_metric(name):
        return Refusal("bad_metric", shown(name), METRIC_RULE)
    if isinstance(value, str):
        return _refused_text(name, value)
    if isinstance(value, int):
        fits = -EXACT <= value <= EXACT
        return (
            None
            if fits
            else Refusal("not_a_number", name, "an integer beyond 2^53 loses digits: send a float or a text")
        )
    if isinstance(value, float):
        fits = math.isfinite(value)
        return None if fits else Refusal("not_a_number", name, "not a finite double: leave the metric out instead")
    if isinstance(value, dict):
        return Refusal("empty", name, "an empty object: leave it out")
    what = "null" if value is None else "a list"
    return Refusal("not_a_number", name, f"{what} is neither number, true or false, nor text")


def _refused_text(name: str, text: str) -> Refusal | None:
    if len(text) > LONGEST_TEXT:
        return Refusal("too_large", name, f"a text of {len(text)} characters; it may have {LONGEST_TEXT}")
    if _LIKE_A_NUMBER.fullmatch(text.strip()):
        return Refusal("not_a_number", name, f"{shown(text)} is a number in quotes: send it without")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return Refusal("bad_utf8", name, "half a surrogate pair is no character")
    return None

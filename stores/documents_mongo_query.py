"""The conditions, order and pages of `Documents.find`, as filters of MongoDB. Used by documents_mongo.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stores.documents_page import Term, field_named, place_of, terms

Filter = dict[str, Any]
OPERATORS = {"in": "$in", "=": "$eq", ">=": "$gte", "<": "$lt"}


def field(name: str) -> str:
    """A field of the body, or the id, by its path in the stored document. ValueError otherwise."""
    return "id" if name == "id" else f"body.{field_named(name)}"


def condition(tenant: str, where: Mapping[str, Any], *more: Filter) -> Filter:
    """What the documents of a tenant must fulfil. `$eq` None is also true of what lacks the field."""
    return {"$and": [{"tenant": tenant}, *(_filter(term) for term in terms(where)), *more]}


def _filter(term: Term) -> Filter:
    return {field(term.field): {OPERATORS[term.operator]: term.value}}


def sort_by(name: str, descending: bool) -> Sequence[tuple[str, int]]:
    """By a field, then by id. What lacks the field comes first, and last when descending."""
    direction = -1 if descending else 1
    return [(of, direction) for of in dict.fromkeys((field(name), "id"))]


def stretches(name: str, descending: bool, cursor: str | None) -> Sequence[Filter]:
    """What comes after a cursor, in stretches that follow one another; each is one walk along an index."""
    place = place_of(cursor)
    if place is None:
        return [{}]
    of, past = field(name), "$lt" if descending else "$gt"
    if name == "id":
        return [{"id": {past: place.id}}]
    same = {of: {"$eq": place.value}, "id": {past: place.id}}
    if place.value is None:
        return [same] if descending else [same, {of: {"$exists": True, "$ne": None}}]
    further = {of: {past: place.value}}
    return [same, further, {of: {"$eq": None}}] if descending else [same, further]

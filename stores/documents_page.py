"""What `Documents.find` is asked, taken apart for every implementation: fields, conditions and the cursor of a page.
Used by documents_query.py and documents_mongo_query.py."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from stores.ports import Document

COLLECTION = re.compile(r"[a-z][a-z_]{0,62}")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_:-]+)*")
RANGES: tuple[Literal[">=", "<"], ...] = (">=", "<")


class Term(NamedTuple):
    """One condition. `in`: value is a list; `=` None: the field is null or not there."""

    field: str
    operator: Literal["=", "in", ">=", "<"]
    value: Any


class Place(NamedTuple):
    """Where a page begins in the order: after a value of the field and an id."""

    value: Any
    id: str


def collection_named(name: str) -> str:
    """The name of a collection. ValueError for one that cannot be."""
    if not COLLECTION.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a collection: small letters and _, at most 63")
    return name


def field_named(name: str) -> str:
    """`state`, `tags.site`, or `id`. ValueError for what cannot name a field."""
    if not FIELD.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a field: names of letters, digits and _ joined by dots")
    return name


def terms(where: Mapping[str, Any]) -> Iterator[Term]:
    """The conditions, all of which must hold."""
    for key, value in where.items():
        for operator in RANGES:
            if key.endswith(operator):
                yield Term(field_named(key.removesuffix(operator)), operator, value)
                break
        else:
            many = isinstance(value, list | tuple | set | frozenset)
            yield Term(field_named(key), "in" if many else "=", list(value) if many else value)


def cursor_after(order: str, last: Document) -> str:
    """The cursor of the page that follows this document."""
    value: Any = last.id if order == "id" else last.body
    for part in order.split(".") if order != "id" else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    return urlsafe_b64encode(msgspec.json.encode([value, last.id])).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """What a cursor says. ValueError: it is of elsewhere."""
    if cursor is None:
        return None
    try:
        return Place(*msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=tuple[Any, str]))
    except ValueError as error:
        raise ValueError("this cursor is none that a page of this list gave: begin again without one") from error

"""The conditions, order and pages of `Documents.find`, as SQL over a JSON body. Used by documents_sqlite.py."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from stores.ports import Document

SELECT = "SELECT id, revision, body FROM {}"
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_:-]+)*")
RANGES = {">=": ">=", "<": "<"}


def field(name: str) -> str:
    """A field of the body (`state`, `tags.site`), or the id, as an expression of SQL. ValueError otherwise."""
    if not FIELD.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a field: names of letters, digits and _ joined by dots")
    path = ".".join(f'"{part}"' for part in name.split("."))
    return "id" if name == "id" else f"json_extract(body, '$.{path}')"


def condition(tenant: str, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """What the documents of a tenant must fulfil, with its values."""
    terms, values = ["tenant = ?"], [tenant]
    for key, value in where.items():
        term, more = _term(key, value)
        terms.append(term)
        values += more
    return " AND ".join(terms), values


def _term(key: str, value: Any) -> tuple[str, Sequence[Any]]:
    for suffix, operator in RANGES.items():
        if key.endswith(suffix):
            return f"{field(key.removesuffix(suffix))} {operator} ?", [value]
    if isinstance(value, list | tuple | set | frozenset):
        return f"{field(key)} IN ({', '.join('?' * len(value))})", list(value)
    return (f"{field(key)} IS NULL", []) if value is None else (f"{field(key)} = ?", [value])


class Page:
    """Where a page stands in the order: after a value of the field and an id. What lacks the field comes first, and
    last when descending."""

    def __init__(self, name: str, descending: bool, after: str | None) -> None:
        self._name, self._field, self._descending = name, field(name), descending
        self._after = _opened(after) if after is not None else None
        direction = "DESC" if descending else "ASC"
        self.order = f"{self._field} {direction}, id {direction}"

    def beyond(self) -> tuple[str, list[Any]]:
        """What the rows of this page fulfil besides, with its values."""
        if self._after is None:
            return "TRUE", []
        (value, id), of = self._after, self._field
        if self._descending:
            if value is None:
                return f"{of} IS NULL AND id < ?", [id]
            return f"({of} < ? OR {of} = ? AND id < ? OR {of} IS NULL)", [value, value, id]
        if value is None:
            return f"({of} IS NOT NULL OR id > ?)", [id]
        return f"{of} >= ? AND ({of} > ? OR id > ?)", [value, value, id]

    def cursor(self, last: Document) -> str:
        """Of the page that follows this document."""
        value: Any = last.id if self._name == "id" else last.body
        for part in self._name.split(".") if self._name != "id" else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        return urlsafe_b64encode(msgspec.json.encode([value, last.id])).decode().rstrip("=")


def _opened(cursor: str) -> tuple[Any, str]:
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=tuple[Any, str])
    except ValueError as error:
        raise ValueError("this cursor is none that a page of this list gave: begin again without one") from error

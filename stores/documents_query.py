"""The conditions, order and pages of `Documents.find`, as SQL over a JSON body. Used by documents_sqlite.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stores.documents_page import Term, field_named, place_of, terms

SELECT = "SELECT id, revision, body FROM {}"


def field(name: str) -> str:
    """A field of the body, or the id, as an expression of SQL. ValueError otherwise."""
    path = ".".join(f'"{part}"' for part in field_named(name).split("."))
    return "id" if name == "id" else f"json_extract(body, '$.{path}')"


def condition(tenant: str, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """What the documents of a tenant must fulfil, with its values."""
    clauses, values = ["tenant = ?"], [tenant]
    for term in terms(where):
        clause, more = _clause(term)
        clauses.append(clause)
        values += more
    return " AND ".join(clauses), values


def _clause(term: Term) -> tuple[str, Sequence[Any]]:
    of = field(term.field)
    if term.operator == "in":
        return f"{of} IN ({', '.join('?' * len(term.value))})", term.value
    return (f"{of} IS NULL", []) if term.value is None else (f"{of} {term.operator} ?", [term.value])


class Page:
    """Where a page stands in the order. What lacks the field comes first, and last when descending."""

    def __init__(self, name: str, descending: bool, after: str | None) -> None:
        self._field, self._descending = field(name), descending
        self._after = place_of(after)
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

"""Tables of what was measured beside what is asked. Used by every measurement here, and by results.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Table(NamedTuple):
    """What one measurement says. notes: lines below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def markdown(table: Table) -> str:
    """A table as it stands in RESULTS.md."""
    lines = [f"### {table.title}", "", _line(table.head), _line(["---"] * len(table.head))]
    lines += [_line(row) for row in table.rows]
    return "\n".join([*lines, "", *(f"{note}  " for note in table.notes)]).rstrip() + "\n"


def show(tables: Iterable[Table]) -> None:
    """Tables for a person at a terminal."""
    for table in tables:
        print("\n".join([table.title, *_aligned([table.head, *table.rows]), *table.notes, ""]), flush=True)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()

"""What `check` prints, for people and as JSON. Called by `command`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from simulator.audit.findings import Findings

MOST = 40  # lines of findings for people; the JSON has all
VERDICTS = ("clean", "wrong", "unknown")


def verdict(findings: Findings) -> int:
    """0 clean, 1 something is lost, doubled or wrong, 2 it could not be told: what is missing may still be on its
    way."""
    if findings.unknown:
        return 1 if set(findings.counts()) - {"lost", "wrong"} else 2
    return 1 if findings.found else 0


def as_json(findings: Findings, facts: dict[str, Any]) -> str:
    """Everything, one line."""
    found = [
        {n: getattr(f, n) for n in ("kind", "where", "device", "metric", "minute", "stage", "count", "example")}
        for f in findings
    ]
    whole = {"verdict": VERDICTS[verdict(findings)], "counts": findings.counts(), "unknown": findings.unknown}
    return orjson.dumps({**whole, "findings": found, **facts}).decode()


def as_text(findings: Findings, facts: dict[str, Any]) -> str:
    """The facts, what was found, and the verdict last."""
    return "\n".join(_lines(findings, facts))


def _lines(findings: Findings, facts: dict[str, Any]) -> Iterator[str]:
    for name in ("readings", "rollups", "archive", "alerts", "ledger"):
        if name in facts:
            yield f"{name}: {_flat(facts[name])}"
    for kind, figures in facts.get("faults", {}).get("kinds", {}).items():
        yield f"fault {kind}: {_flat(figures)}"
    if "faults" in facts:
        yield f"false: {_flat(facts['faults']['false'])}"
    found = list(findings)
    yield from (finding.line() for finding in found[:MOST])
    if len(found) > MOST:
        yield f"and {len(found) - MOST} more findings (--json has all)"
    yield from (f"unknown: {words}" for words in findings.unknown)
    yield f"verdict: {VERDICTS[verdict(findings)]} {_flat(findings.counts())}".strip()


def _flat(figures: dict[str, Any]) -> str:
    return ", ".join(f"{n} ({_flat(v)})" if isinstance(v, dict) else f"{n} {v}" for n, v in figures.items())

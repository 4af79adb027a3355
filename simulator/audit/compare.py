"""Every reading sent against every reading stored, of one device. Called by `command`."""

from __future__ import annotations

import numpy as np

from simulator.audit.findings import Finding, Findings, Kind, minute_of, text
from simulator.audit.sent import Expected
from simulator.audit.stored import Stored
from simulator.draws import Ints


def compare(expected: Expected, stored: Stored, findings: Findings, where: str = "readings") -> None:
    """Add what is lost, doubled, wrong or invented. `where` names the store that was read."""
    origin = int(expected.times.min())
    inside = (stored.times >= origin) & (stored.times <= expected.times.max())
    wanted = keys(expected.metrics, expected.times, origin)
    have, values = keys(stored.metrics, stored.times, origin)[inside], stored.values[inside]
    order = np.argsort(have, kind="stable")
    have, values = have[order], values[order]
    note = _Notes(expected.device, stored.names, origin, where, findings)
    note.all("doubled", have[1:][have[1:] == have[:-1]], "stored more than once")
    place = np.searchsorted(have, wanted)
    found = place < len(have)
    found[found] = have[place[found]] == wanted[found]
    note.all("lost", wanted[expected.must & ~found], "acknowledged, but not stored")
    note.all("invented", np.setdiff1d(have, wanted), "stored, but never sent")
    actual = np.full(len(wanted), np.nan)
    actual[found] = values[place[found]]
    for row in np.flatnonzero(found & expected.must & (actual != expected.values)).tolist():
        _judge(expected, row, float(actual[row]), int(wanted[row]), note)
    for row in expected.maybe:
        if found[row] and not expected.must[row]:
            _judge(expected, row, float(actual[row]), int(wanted[row]), note)


def _judge(expected: Expected, row: int, actual: float, key: int, note: _Notes) -> None:
    allowed = expected.maybe.get(row, set()) | ({float(expected.values[row])} if expected.must[row] else set())
    if actual not in allowed:
        note.one("wrong", key, f"stored {actual}, sent {' or '.join(map(str, sorted(allowed)))}")


class _Notes:
    def __init__(self, device: str, names: list[str], origin: int, where: str, findings: Findings) -> None:
        self.device, self.names, self.origin, self.where, self.findings = device, names, origin, where, findings

    def all(self, kind: Kind, keys: Ints, words: str) -> None:
        for key in keys.tolist():
            self.one(kind, key, words)

    def one(self, kind: Kind, key: int, words: str) -> None:
        metric, time = self.names[key >> 45], self.origin + (key & ((1 << 45) - 1))
        example = f"{text(time)} {words}"
        self.findings.add(Finding(kind, self.device, metric, minute_of(time), example, self.where))


def keys(metrics: Ints, times: Ints, origin: int) -> Ints:
    """Metric and time in one number: 45 bits of µs are a year."""
    return (metrics << 45) | ((times - origin) & ((1 << 45) - 1))

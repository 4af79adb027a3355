"""`python -m simulator check`: everything compared, one verdict."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from simulator.audit import report, scoring
from simulator.audit.archive import Archive
from simulator.audit.blame import accuse
from simulator.audit.compare import compare
from simulator.audit.findings import MINUTE, Finding, Findings, minute_of
from simulator.audit.once import check_alerts, check_raised
from simulator.audit.platform import Away, Platform
from simulator.audit.rollups import Rollups
from simulator.audit.sent import Sent, load
from simulator.audit.settle import settle
from simulator.audit.stored import Shelf

Notes = tuple[Findings, dict[str, Any]]
"""What is wrong, and the figures of the report."""


def add_check(parser: argparse.ArgumentParser) -> None:
    """Every option of `python -m simulator check`."""
    add = parser.add_argument
    add("--readings", type=Path, required=True, help="what was sent: the file of `run --readings`")
    add("--truth", type=Path, help="what was injected: the file of `run --truth`")
    add("--api", required=True, help="the platform, http://HOST:PORT")
    add("--tenant", default="main", help="whose readings they are (default %(default)s)")
    add("--token", default="", help="for an API that asks for one")
    add("--objects", type=Path, help="folder of the object store, to read its Parquet files")
    add("--log", type=Path, help="file with events of the log as JSON lines, to see what was raised")
    add("--events", type=Path, help="file with events of the live channel as JSON lines, to see what was raised")
    add("--settle", type=float, default=90.0, help="seconds to wait for what is in flight (default %(default)s)")
    add(
        "--grace",
        type=float,
        default=300.0,
        help="seconds after a fault in which it may be found (default %(default)s)",
    )
    add("--json", action="store_true", help="print one line of JSON")


def check(options: argparse.Namespace) -> int:
    """0 clean, 1 something lost, doubled or wrong, 2 it could not be told."""
    findings, facts = Findings(), dict[str, Any]()
    platform = Platform(options.api, options.tenant, options.token)
    try:
        sent = load(options.readings)
        if not _audit(platform, sent, options, (findings, facts)):
            findings, facts = Findings(), dict[str, Any]()
            _audit(platform, sent, options, (findings, facts), strictly=True)
    except (Away, KeyError, TypeError, ValueError, OSError) as error:
        findings.unknown.append(
            str(error) if isinstance(error, Away | ValueError | OSError) else f"the API's answer: {error!r}"
        )
    finally:
        platform.close()
    print(report.as_json(findings, facts) if options.json else report.as_text(findings, facts), flush=True)
    return report.verdict(findings)


def _audit(
    platform: Platform, sent: Sent, options: argparse.Namespace, notes: Notes, strictly: bool = False
) -> bool:  # fmt: skip
    """False if it looked too early: something is missing that may still come."""
    findings, facts = notes
    digested = settle(platform, sent, options.settle, strictly)
    if digested.undone:
        findings.unknown.append(digested.undone)
    archive = Archive(options.objects, options.tenant, sent) if options.objects else None
    _readings(platform, sent, archive, digested.clock, notes)
    if findings.found and not digested.final:
        return False
    _refusals(sent, findings)
    facts["ledger"] = digested.ledger.totals()
    _alerts(platform, sent, options, notes)
    accuse(digested.ledger, archive, findings)
    return True


def _readings(platform: Platform, sent: Sent, archive: Archive | None, clock: int, notes: Notes) -> None:
    findings, facts = notes
    shelf, rollups, rows = Shelf(platform), Rollups(platform, clock, findings), 0
    begin, end = minute_of(sent.first), minute_of(sent.last) + MINUTE
    for expected in sent.each():
        stored = shelf.stored(expected.device, sent.names, begin, end)
        rows += len(stored.times)
        compare(expected, stored, findings)
        rollups.check(expected.device, stored, begin, end)
        if archive:
            archive.check(expected, findings)
    facts["readings"] = {"devices": len(sent.devices), "acked": sent.rows, "stored": rows, "refused": len(sent.refused)}
    facts["rollups"] = {"checked": rollups.checked}
    if archive:
        facts["archive"] = {"files": archive.files, "rows": archive.rows}


def _refusals(sent: Sent, findings: Findings) -> None:
    for line in sent.refused:
        minute = minute_of(int(str(line["time"])) * 1000)
        words = f"refused by the platform: {line['refused']}"
        findings.add(
            Finding("refused", str(line["device"]), str(line["metric"]), minute, words, "answer", stage="ingest")
        )


def _alerts(platform: Platform, sent: Sent, options: argparse.Namespace, notes: Notes) -> None:
    findings, facts = notes
    alerts = list(platform.items("alerts", limit=1000))
    check_alerts(alerts, findings)
    facts["alerts"] = {"listed": len(alerts)}
    for path in filter(None, (options.log, options.events)):
        facts["alerts"][f"raised in {path.name}"] = check_raised(path, findings)
    if options.truth:
        anomalies = platform.items("anomalies", limit=1000, **{"from": sent.first // 1000})
        spans = scoring.raised("alert", alerts, ("raised_at", "cleared_at"), sent.last)
        spans += scoring.raised("anomaly", anomalies, ("start", "end"), sent.last)
        run = scoring.Run(len(sent.devices), sent.first, sent.last, round(options.grace * 1e6))
        facts["faults"] = scoring.score(scoring.truth(options.truth, sent.last), spans, run)

"""Which stage a finding comes from: by the minutes that do not add up in the ledger, else by what the archive has.
Called by `command` when everything is compared."""

from __future__ import annotations

from simulator.audit.archive import Archive
from simulator.audit.findings import MINUTE, Finding, Findings, text
from simulator.audit.ledger import Ledger, Slip


def accuse(ledger: Ledger, archive: Archive | None, findings: Findings) -> None:
    """Tell each finding its stage, and add what the ledger shows by itself."""
    slips = ledger.slips()
    found = list(findings)
    for finding in found:
        finding.stage = finding.stage or _by_ledger(finding, slips, ledger) or _by_archive(finding, archive, found)
    for slip in slips:
        example = f"{text(slip.minute)} {slip.words}"
        findings.add(Finding("miscounted", "", "", slip.minute, example, "ledger", slip.rows, slip.stage))


def _by_ledger(finding: Finding, slips: list[Slip], ledger: Ledger) -> str:
    near = sorted({slip.stage for slip in slips if abs(slip.minute - finding.minute) <= MINUTE})
    return " and ".join(near) or (ledger.rejections(finding.minute) if finding.kind == "lost" else "")


def _by_archive(finding: Finding, archive: Archive | None, found: list[Finding]) -> str:
    """The archive and the series store get the same rows: what is wrong in one alone went wrong on the way to it."""
    if finding.where == "archive":
        return "validate or before it" if _twin(finding, "readings", found) else "archive"
    if archive and archive.has(finding.device, finding.metric, finding.minute):
        return "validate or before it" if _twin(finding, "archive", found) else "record"
    return "the inbox or record" if finding.kind == "lost" else "validate or record"


def _twin(finding: Finding, where: str, found: list[Finding]) -> bool:
    place = (finding.kind, finding.device, finding.metric, finding.minute)
    return any((f.kind, f.device, f.metric, f.minute) == place and f.where == where for f in found)

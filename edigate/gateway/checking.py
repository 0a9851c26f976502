"""Checking a workspace's memory: every law of the ledger, and every file of the archive against its hash.

Looks only; what is wrong is told with what to do.
"""

from __future__ import annotations

import msgspec

from edigate.findings import Finding, Severity
from edigate.gateway.opening import Gateway
from edigate.ledger.checks import LAWS, archived, breaches
from edigate.ledger.purges import pending


class CheckReport(msgspec.Struct, kw_only=True):
    """What was looked at, and what is wrong with it."""

    laws: int = 0
    files: int = 0  # contents that the ledger counts on
    findings: list[Finding] = []


def check(gateway: Gateway, *, quick: bool = False) -> CheckReport:
    """Ask every law of the ledger, look for each content it counts on, and, unless `quick`, read the archive again."""
    with gateway.ledger.read() as tx:
        broken, kept, unfinished = breaches(tx), archived(tx), pending(tx)
    report = CheckReport(laws=len(LAWS), files=len(kept))
    for one in broken:
        where = f" ({', '.join(one.ids)}{' ...' if one.count > len(one.ids) else ''})" if one.ids else ""
        report.findings.append(
            Finding(
                code=one.code,
                message=f"doesn't hold {one.count} times{where}: {one.what}. Change nothing by hand; restore a backup "
                "or report it",
            )
        )
    report.findings += [
        Finding(
            code="ARCHIVE-MISSING",
            message=f"what {what} was made of isn't in the archive; restore this file from a backup",
            file=sha256,
        )
        for sha256, what in kept.items()
        if not gateway.archive.exists(sha256)
    ]
    if unfinished:
        first = unfinished[0]
        report.findings.append(
            Finding(
                code="ARCHIVE-PURGE",
                severity=Severity.WARNING,
                message=f"the purge of {first.at:%Y-%m-%d} broke off with {len(unfinished)} files to go; `edigate "
                "purge` says which list ends it",
            )
        )
    if not quick:
        report.findings += gateway.archive.verify()
    return report


def is_sound(report: CheckReport) -> bool:
    """Whether nothing needs a person."""
    return not any(finding.severity is Severity.ERROR for finding in report.findings)

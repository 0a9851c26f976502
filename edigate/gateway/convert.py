"""Converting: a practice's extract to claims ready to send, every row of it accounted for.

The input is archived before it is read. Making, editing and trying to write a claim are pure; what comes
of it goes to the ledger in one transaction: rows in = rows made + rows refused + rows known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from edigate.errors import ConfigError
from edigate.findings import Severity
from edigate.gateway.judging import Converted, Judge, Judged, new_claim
from edigate.gateway.kinds import FILE_KINDS
from edigate.gateway.opening import Gateway
from edigate.gateway.sources import Lookups, take_in
from edigate.ledger.intake import Intake, add_claims, begin_intake, find_intake, finish_intake
from edigate.ledger.numbering import allocate
from edigate.ledger.records import NewClaim, NewIntake
from edigate.ledger.transaction import WriteTransaction
from edigate.logs import get_logger
from edigate.mapping.engine import load_mapping
from edigate.partners.model import Kind, Partner

log = get_logger(__name__)

_IN_TEST = " test"
_AT_ONCE = 500  # encounters looked up and written in one go


class ConvertReport(msgspec.Struct, kw_only=True):
    """One input file and what became of it: rows_in = rows_made + rows_refused + rows_known."""

    file: str
    mapping: str
    partner: str
    encounters: int = 0
    claims_made: int = 0
    refused: int = 0
    known: int = 0
    rows_in: int = 0
    rows_made: int = 0
    rows_refused: int = 0
    rows_known: int = 0
    charge_cents: int = 0
    warnings: int = 0
    intake_id: int | None = None
    already: bool = False  # the very same file was converted before; nothing was done
    dry_run: bool = False
    refusals: list[Converted] = []
    made: list[Converted] = []  # with dry_run only: what would be written


class _DryRunError(Exception):
    """Ends a transaction that shall leave no trace."""


def convert(
    gateway: Gateway,
    path: Path | None,
    mapping_name: str,
    partner: Partner,
    *,
    lookups: Mapping[str, Path] | None = None,
    parameters: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> ConvertReport:
    """Convert one extract: a file, or without `path` what the mapping's query gives for `parameters`.

    Raises NoInputError, DataError (the extract as a whole), ConfigError, LedgerError.
    """
    root = gateway.workspace.root
    source = Lookups(path or root / mapping_name, gateway.workspace.mapping_path(mapping_name), lookups or {})
    mapping = load_mapping(source.mapping_text, mapping_name)
    kind = FILE_KINDS[mapping.form.kind]
    if kind not in partner.kinds:
        raise ConfigError(
            f"mapping {mapping_name} makes {kind} claims, but partner {partner.name} takes {', '.join(partner.kinds)}",
            hint=f"Add it to `kinds` in partners/{partner.name}.toml, or choose another partner.",
        )
    mapping = mapping.with_lookups(source.open)
    extract = take_in(
        path,
        mapping.form.source,
        source,
        None if dry_run else gateway.archive,
        parameters=parameters or {},
        environ=gateway.environ,
        folder=root,
        mapping_name=mapping_name,
    )
    report = ConvertReport(file=extract.name, mapping=mapping_name, partner=partner.name, dry_run=dry_run)
    new = NewIntake(
        sha256=extract.sha256,
        name=extract.name,
        mapping=mapping_name,
        partner=partner.name,
        # The same extract is converted anew for production after it was tried in test.
        fingerprint=f"{source.fingerprint()}{_IN_TEST if partner.usage == 'test' else ''}",
    )
    try:
        with gateway.ledger.write() as tx:
            before = find_intake(tx, new)
            if before is not None and not dry_run:
                return _told_again(report, before)
            if before is not None:
                new = msgspec.structs.replace(new, fingerprint=f"{new.fingerprint} dry run")
            intake_id = begin_intake(tx, new)
            with extract.open() as stream:
                conversion = mapping.convert(mapping.read(stream, extract.name))
                judge = Judge(tx, partner, kind, gateway.codes)
                while block := list(islice(conversion, _AT_ONCE)):
                    judged = judge.block(block)
                    _write_down(tx, intake_id, judged, partner, kind)
                    for one in judged:
                        _count(report, one.converted)
            intake = finish_intake(
                tx,
                intake_id,
                rows_in=conversion.accounting.rows_read,
                rows_known=report.rows_known,
                encounters=report.encounters,
            )
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        report.rows_in = conversion.accounting.rows_read
        return report
    report.intake_id, report.rows_in = intake.id, intake.rows_in
    log.info(
        "converted",
        partner=partner.name,
        rows=report.rows_in,
        claims=report.claims_made,
        refused=report.refused,
    )
    return report


def _write_down(
    tx: WriteTransaction, intake_id: int, judged: Sequence[Judged], partner: Partner, kind: Kind
) -> None:
    """Add a block to the ledger; of what it knows already it keeps nothing more."""
    lines = sum(one.lines for one in judged)
    number = allocate(tx, "line", count=lines) if lines else 0
    claims: list[NewClaim] = []
    for one in judged:
        if one.converted.outcome != "known":
            claims.append(new_claim(one, partner, kind, number))
            number += one.lines
    add_claims(tx, intake_id, claims)


def _count(report: ConvertReport, converted: Converted) -> None:
    report.encounters += 1
    report.warnings += sum(finding.severity is Severity.WARNING for finding in converted.findings)
    match converted.outcome:
        case "made":
            report.claims_made += 1
            report.rows_made += converted.rows
            report.charge_cents += converted.charge_cents
            if report.dry_run:
                report.made.append(converted)
        case "refused":
            report.refused += 1
            report.rows_refused += converted.rows
            report.refusals.append(msgspec.structs.replace(converted, claim=None))
        case _:
            report.known += 1
            report.rows_known += converted.rows


def _told_again(report: ConvertReport, before: Intake) -> ConvertReport:
    """The same file again: what it was made into then, and nothing done now."""
    report.already = True
    report.intake_id = before.id
    report.encounters = before.encounters
    report.rows_in, report.rows_made = before.rows_in, before.rows_made
    report.rows_refused, report.rows_known = before.rows_refused, before.rows_known
    return report

"""Converting: a practice's extract to claims ready to send, every row of it accounted for.

The input is archived before it is read. Making, editing and trying to write a claim are pure; what comes
of it goes to the ledger in one transaction: rows in = rows made + rows refused + rows known.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from edigate import __version__
from edigate.claims.batch import batch_key, content_hash
from edigate.claims.edits import edit
from edigate.claims.model import Claim
from edigate.errors import ConfigError, NoInputError
from edigate.findings import Finding, Severity, has_errors
from edigate.gateway.opening import Gateway
from edigate.gateway.trial import Trial
from edigate.ledger.intake import (
    Intake,
    KnownClaim,
    add_claims,
    begin_intake,
    find_intake,
    finish_intake,
    known_claims,
)
from edigate.ledger.numbering import allocate
from edigate.ledger.records import NewClaim, NewIntake, NewLine
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim
from edigate.money import ZERO, to_cents
from edigate.partners.model import Kind, Partner

log = get_logger(__name__)

_JSON = msgspec.json.Encoder()
_AT_ONCE = 500  # encounters looked up and written in one go
_KINDS: dict[str, Kind] = {"professional": "837P", "institutional": "837I", "dental": "837D"}

# What becomes of a claim whose patient control number the ledger already has with other content, by where
# that one stands. Anything else was answered by the payer: only a replacement (7) or void (8) may follow.
_MAKES_WAY = frozenset(("ready", "rejected", "void"))
_ON_ITS_WAY = frozenset(("queued", "sent", "uncertain"))


class Converted(msgspec.Struct, kw_only=True):
    """One encounter and what became of it. `claim` is the made claim's JSON-able record (PHI)."""

    encounter: str
    outcome: str  # made, refused, known
    first_row: int
    last_row: int
    rows: int
    patient_control_number: str = ""
    charge_cents: int = 0
    findings: list[Finding] = []
    claim: Claim | None = None


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
    path: Path,
    mapping_name: str,
    partner: Partner,
    *,
    lookups: Mapping[str, Path] | None = None,
    dry_run: bool = False,
) -> ConvertReport:
    """Convert one extract. Raises NoInputError, DataError (the file as a whole), ConfigError, LedgerError."""
    content = _read(path)
    source = _Lookups(path, gateway.workspace.mapping_path(mapping_name), lookups or {})
    mapping = load_mapping(source.mapping_text, mapping_name).with_lookups(source.open)
    kind = _KINDS[mapping.form.kind]
    if kind not in partner.kinds:
        raise ConfigError(
            f"mapping {mapping_name} makes {kind} claims, but partner {partner.name} takes {', '.join(partner.kinds)}",
            hint=f"Add it to `kinds` in partners/{partner.name}.toml, or choose another partner.",
        )
    report = ConvertReport(file=path.name, mapping=mapping_name, partner=partner.name, dry_run=dry_run)
    new = NewIntake(
        sha256=hashlib.sha256(content).hexdigest() if dry_run else gateway.archive.put(content),
        name=path.name,
        mapping=mapping_name,
        partner=partner.name,
        fingerprint=source.fingerprint(),
    )
    try:
        with gateway.ledger.write() as tx:
            before = find_intake(tx, new)
            if before is not None and not dry_run:
                return _told_again(report, before)
            if before is not None:
                new = msgspec.structs.replace(new, fingerprint=f"{new.fingerprint} dry run")
            intake_id = begin_intake(tx, new)
            reading = mapping.read(io.BytesIO(content), path.name)
            conversion = mapping.convert(reading)
            trial = Trial(partner, tx.at)
            seen: set[str] = set()
            while block := list(islice(conversion, _AT_ONCE)):
                judged = _judge(tx, block, trial, seen, kind)
                lines = sum(len(one.lines) for _, one in judged if one is not None)
                number = allocate(tx, "line", count=lines) if lines else 0
                add_claims(tx, intake_id, list(_numbered((one for _, one in judged if one is not None), number)))
                for converted, _ in judged:
                    _count(report, converted)
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


def _judge(
    tx: ReadTransaction, block: Sequence[MappedClaim], trial: Trial, seen: set[str], kind: Kind
) -> list[tuple[Converted, NewClaim | None]]:
    """What becomes of each encounter, and what the ledger is to keep of it (None: it has it already)."""
    numbers = [mapped.claim.patient_control_number for mapped in block if mapped.claim is not None]
    known = known_claims(tx, numbers)
    judged: list[tuple[Converted, NewClaim | None]] = []
    for mapped in block:
        findings = list(mapped.findings)
        claim = mapped.claim
        supersedes: int | None = None
        digest = ""
        if claim is not None:
            findings += _at_their_source(mapped, edit(claim, tx.at.date()))
            if not has_errors(findings):
                findings += _at_their_source(mapped, trial.findings(claim))
            digest = content_hash(claim)
            number = claim.patient_control_number
            if number in seen:
                findings += _at_their_source(mapped, [_twice_in_file(number)])
            elif (there := known.get(number)) is not None:
                if there.content_hash == digest:
                    judged.append((_converted(mapped, "known", findings), None))
                    seen.add(number)
                    continue
                if (refusal := _may_follow(claim, there)) is not None:
                    findings += _at_their_source(mapped, [refusal])
                else:
                    supersedes = there.claim_id
            seen.add(number)
        refused = claim is None or has_errors(findings)
        converted = _converted(mapped, "refused" if refused else "made", findings)
        judged.append((converted, _new_claim(mapped, converted, kind, digest, None if refused else supersedes)))
    return judged


def _may_follow(claim: Claim, there: KnownClaim) -> Finding | None:
    """None where a claim may take the place of the one with its number, else why it may not."""
    if there.state in _MAKES_WAY:
        return None
    if there.state in _ON_ITS_WAY:
        what = f"is {there.state}: it may be with the payer already"
    elif claim.frequency_code in ("7", "8"):
        return None
    else:
        what = f"is {there.state}; a change to it must be sent as a replacement (frequency 7) or void (8)"
    return Finding(
        code="DUPLICATE",
        message=f"a claim with this patient control number was made before (claim {there.claim_id}) and {what}",
        severity=Severity.ERROR,
        level=7,
        field="patient_control_number",
    )


def _twice_in_file(number: str) -> Finding:
    return Finding(
        code="DUPLICATE-IN-FILE",
        message="another encounter of this file has the same patient control number",
        severity=Severity.ERROR,
        level=7,
        field="patient_control_number",
        value=number,
    )


def _at_their_source(mapped: MappedClaim, findings: Iterator[Finding] | Sequence[Finding]) -> list[Finding]:
    """Findings with the cells their field was made from."""
    return [
        finding if finding.sources else msgspec.structs.replace(finding, sources=mapped.trace.sources(finding.field))
        for finding in findings
    ]


def _converted(mapped: MappedClaim, outcome: str, findings: list[Finding]) -> Converted:
    claim, rows = mapped.claim, mapped.rows
    return Converted(
        encounter=mapped.key,
        outcome=outcome,
        first_row=rows.first,
        last_row=rows.last,
        rows=rows.count,
        patient_control_number=claim.patient_control_number if claim else "",
        charge_cents=_cents(claim),
        findings=findings,
        claim=claim,
    )


def _new_claim(
    mapped: MappedClaim, converted: Converted, kind: Kind, digest: str, supersedes: int | None
) -> NewClaim:
    claim, rows = mapped.claim, mapped.rows
    refused = NewClaim(
        state="refused",
        row_count=rows.count,
        first_row=rows.first,
        last_row=rows.last,
        kind=kind,
        encounter_key=mapped.key,
        findings=converted.findings,
    )
    if claim is None:
        return refused
    told = msgspec.structs.replace(
        refused,
        record=_JSON.encode(claim),
        patient_control_number=claim.patient_control_number,
        content_hash=digest,
        responsibility=claim.subscriber.responsibility if claim.subscriber else "P",
        total_charge_cents=converted.charge_cents,
        service_date=min((line.service_date for line in claim.service_lines if line.service_date), default=None),
        payer_name=claim.payer.name if claim.payer else "",
        payer_id=claim.payer.payer_id if claim.payer else "",
        batch_key=batch_key(claim),
    )
    if converted.outcome == "refused":
        return told
    lines = [
        NewLine(
            line_number=number,
            line_item_control_number="",
            charge_cents=to_cents(line.charge or ZERO),
            procedure=line.procedure,
            modifiers=":".join(line.modifiers),
            units=format(line.units, "f") if line.units is not None else "",
            service_date=line.service_date,
        )
        for number, line in enumerate(claim.service_lines, 1)
    ]
    return msgspec.structs.replace(told, state="ready", supersedes=supersedes, lines=lines)


def _numbered(claims: Iterator[NewClaim], first: int) -> Iterator[NewClaim]:
    """The claims with a line item control number (REF*6R) of our own on each line, in ledger and record."""
    number = first
    for new in claims:
        if not new.lines:
            yield new
            continue
        claim = _CLAIM.decode(new.record)
        lines, written = [], []
        for line, service in zip(new.lines, claim.service_lines, strict=True):
            name = f"E{number:09d}"
            number += 1
            lines.append(msgspec.structs.replace(line, line_item_control_number=name))
            written.append(msgspec.structs.replace(service, line_item_control_number=name))
        record = _JSON.encode(msgspec.structs.replace(claim, service_lines=written))
        yield msgspec.structs.replace(new, lines=lines, record=record)


_CLAIM = msgspec.json.Decoder(Claim)


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


def _cents(claim: Claim | None) -> int:
    """The charge for the accounts; an impossible one is refused by the edits and counts as nothing."""
    try:
        cents = to_cents(claim.total_charge or ZERO) if claim else 0
    except ValueError:
        return 0
    return cents if 0 <= cents < 10**12 else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoInputError(f"{path} can't be read: {error.strerror}") from error


class _Lookups:
    """A mapping's own text and its lookup files: named, else beside the input, else beside the mapping."""

    def __init__(self, input_path: Path, mapping_path: Path, named: Mapping[str, Path]) -> None:
        self._folders = (input_path.absolute().parent, mapping_path.parent)
        self._named = named
        self._digest = hashlib.sha256(__version__.encode())
        try:
            self.mapping_text = mapping_path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{mapping_path} isn't UTF-8 text") from error
        except OSError as error:
            raise NoInputError(f"{mapping_path} can't be read: {error.strerror}") from error
        self._digest.update(self.mapping_text.encode())

    def open(self, lookup: str, pattern: str) -> list[tuple[BinaryIO, str]]:
        """The streams of one lookup's files, in the order of their names."""
        if lookup in self._named:
            return [self._stream(self._named[lookup])]
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise ConfigError(
                f"lookup {lookup}: {pattern} leaves the folder of the input and of the mapping",
                hint=f"Name it with --lookup {lookup}=PATH.",
            )
        for folder in self._folders:
            paths = sorted(path for path in folder.glob(pattern) if path.is_file())
            if paths:
                return [self._stream(path) for path in paths]
        return []

    def fingerprint(self) -> str:
        """The same for the same mapping, lookups and version: then the same input gives the same claims."""
        return self._digest.hexdigest()

    def _stream(self, path: Path) -> tuple[BinaryIO, str]:
        content = _read(path)
        self._digest.update(hashlib.sha256(content).digest())
        return io.BytesIO(content), path.name

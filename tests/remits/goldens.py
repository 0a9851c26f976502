"""835s of the public corpus as other vendors' converters read them, to compare ours with. No assertion here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.x12.samples import CORPUS

Adjustment = tuple[str, str, Decimal]  # group, reason, amount

# The same example exists twice, differing in BPR02; these were made of the other one.
_MADE_OF = {"835-009-5": "014", "835-014-1": "009", "835-014-2": "009", "835-014-3": "009"}
_GROUPS = {"CONTRACTUAL": "CO", "PATIENT_RESPONSIBILITY": "PR", "OTHER": "OA", "PAYER_INITIATED": "PI"}
_MOST = 5  # adjustments that a CSV has columns for


class Line(NamedTuple):
    """A service line; dollars. `allowed` is AMT*B6, None where the golden doesn't say."""

    charge: Decimal
    paid: Decimal
    adjustments: list[Adjustment]
    allowed: Decimal | None = None


class PaidClaim(NamedTuple):
    """A claim payment; dollars. Its adjustments are its own, without its lines'. `coverage` is AMT*AU."""

    patient_control_number: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal
    adjustments: list[Adjustment]
    lines: list[Line]
    coverage: Decimal | None = None


class Golden(NamedTuple):
    """One reading of one 835: the payments' totals, the claims, the PLBs; `most` adjustments of a claim or line."""

    name: str
    source: Path
    totals: set[Decimal]
    claims: list[PaidClaim]
    provider_adjustments: list[tuple[str, str, Decimal]]  # reason, reference, amount
    most: int | None = None


def goldens() -> list[Golden]:
    """All there are; none where the corpus isn't beside the repository."""
    return list(_read())


def _read() -> Iterator[Golden]:
    for path in sorted((CORPUS / "golden").glob("*.*")):
        folder, number = path.stem.split("-")[:2]
        source = next((CORPUS / folder).glob(f"{_MADE_OF.get(path.stem, number)}-*"))
        if folder == "835" or (folder, number) in {("broken", "004"), ("broken", "005"), ("broken", "041")}:
            yield _of_json(path, source) if path.suffix == ".json" else _of_csv(path, source)


# --- JSON


def _of_json(path: Path, source: Path) -> Golden:
    document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    if isinstance(document, dict) and "interchanges" in document:
        return _of_summary(path, source, document)
    if isinstance(document, dict):
        totals, told = {document["transaction"]["totalPaymentAmount"]}, document["payments"]
    else:
        totals = {each["totalPaymentAmount"] for each in document if "totalPaymentAmount" in each}
        told = document
    return Golden(
        path.name,
        source,
        totals,
        [_claim(each) for each in told if each.get("objectType", "PAYMENT") == "PAYMENT"],
        [
            (one["reason"]["code"], one["referenceIdentification"], one["amount"])
            for each in told
            if each.get("objectType") == "PROVIDER_ADJUSTMENT"
            for one in each["adjustments"]
        ],
    )


def _claim(told: dict[str, Any]) -> PaidClaim:
    return PaidClaim(
        told["patientControlNumber"],
        told["chargeAmount"],
        told["paymentAmount"],
        told.get("patientResponsibilityAmount", Decimal(0)),
        _adjustments(told),
        [
            Line(line["chargeAmount"], line.get("paidAmount", Decimal(0)), _adjustments(line), allowed)
            for line in told.get("serviceLines", [])
            for allowed in [_amount(line, "ALLOWED_ACTUAL")]
        ],
        _amount(told, "COVERAGE_AMOUNT"),
    )


def _amount(told: dict[str, Any], kind: str) -> Decimal | None:
    """By its name, or, where a golden gives none, by AMT01."""
    names = (kind, {"ALLOWED_ACTUAL": "B6", "COVERAGE_AMOUNT": "AU"}[kind])
    amounts = told.get("supplementalAmounts", [])
    return next((one["amount"] for one in amounts if {one.get("type"), one.get("qualifierCode")} & {*names}), None)


def _adjustments(told: dict[str, Any]) -> list[Adjustment]:
    return [
        (_GROUPS.get(each["group"], each["group"]), each["reasonCode"], each["amount"])
        for each in told.get("adjustments", [])
    ]


def _of_summary(path: Path, source: Path, document: dict[str, Any]) -> Golden:
    """Another vendor's tree of segments. The file has no charge where CLP03 is: its totals alone are compared."""
    sets = [
        each
        for interchange in document["interchanges"]
        for group in interchange["functional_groups"]
        for each in group["transactions"]
    ]
    return Golden(
        path.name,
        source,
        {Decimal(each["summary"]["balancing_summary"]["bpr_payment_amount"]) for each in sets},
        [],
        [],
    )


# --- CSV, in three layouts: payments; payments with their PLBs; claims with a row for each line


def _of_csv(path: Path, source: Path) -> Golden:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    totals = {Decimal(row["TotalPaymentAmount"]) for row in rows if row["TotalPaymentAmount"]}
    claims = list(_claims(rows)) if rows and "PatientControlNumber" in rows[0] else []
    adjustments = [
        (
            row["ProviderAdjustmentReason"],
            row["ProviderAdjustmentReferenceIdentification"],
            Decimal(row["ProviderAdjustmentAmount"]),
        )
        for row in rows
        if "ProviderAdjustmentAmount" in row
    ]
    return Golden(path.name, source, totals, claims, adjustments, _MOST)


def _claims(rows: Sequence[Mapping[str, str]]) -> Iterator[PaidClaim]:
    """A claim begins with a row that says its charge; further lines say its number alone."""
    begun: PaidClaim | None = None
    for row in rows:
        if row["ChargeAmount"]:
            if begun is not None:
                yield begun
            paid, patient = (_decimal(row[name]) for name in ("PaymentAmount", "PatientResponsibilityAmount"))
            number, charge = row["PatientControlNumber"], Decimal(row["ChargeAmount"])
            coverage = _decimal(row["CoverageAmount"]) if row["CoverageAmount"] else None
            begun = PaidClaim(number, charge, paid, patient, _of_row(row, "Adj"), [], coverage)
        if begun is not None and row["LineChargeAmount"]:
            allowed = _decimal(row["LineAllowedAmount"]) if row["LineAllowedAmount"] else None
            amounts = Decimal(row["LineChargeAmount"]), _decimal(row["LinePaidAmount"])
            begun.lines.append(Line(*amounts, _of_row(row, "LineAdj"), allowed))
    if begun is not None:
        yield begun


def _of_row(row: Mapping[str, str], name: str) -> list[Adjustment]:
    return [
        (_GROUPS.get(row[f"{name}{n}Group"], row[f"{name}{n}Group"]), row[f"{name}{n}ReasonCode"], _decimal(amount))
        for n in range(1, _MOST + 1)
        if (amount := row[f"{name}{n}Amount"])
    ]


def _decimal(text: str) -> Decimal:
    return Decimal(text or 0)

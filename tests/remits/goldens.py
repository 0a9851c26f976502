"""835s of the public corpus as another vendor's converter read them, to compare ours with. No assertion here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.x12.samples import CORPUS

Adjustment = tuple[str, str, Decimal]  # group, reason, amount

# The same example exists twice, differing in BPR02; these two were made of the other one.
_MADE_OF = {"835-009-5": "014", "835-014-2": "009"}
_GROUPS = {"CONTRACTUAL": "CO", "PATIENT_RESPONSIBILITY": "PR", "OTHER": "OA", "PAYER_INITIATED": "PI"}


class Line(NamedTuple):
    """A service line; dollars."""

    charge: Decimal
    paid: Decimal
    adjustments: list[Adjustment]


class PaidClaim(NamedTuple):
    """A claim payment; dollars. Its adjustments are its own, without its lines'."""

    patient_control_number: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal
    adjustments: list[Adjustment]
    lines: list[Line]


class Golden(NamedTuple):
    """One reading of one 835: the payments' totals, and the claims."""

    name: str
    source: Path
    totals: set[Decimal]
    claims: list[PaidClaim]


def goldens() -> list[Golden]:
    """All there are; none where the corpus isn't beside the repository."""
    return list(_read())


def _read() -> Iterator[Golden]:
    for path in sorted((CORPUS / "golden").glob("835-*.json")):
        number = _MADE_OF.get(path.stem) or path.stem.split("-")[1]
        (source,) = (CORPUS / "835").glob(f"{number}-*")
        totals, claims = _claims(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal))
        yield Golden(path.stem, source, totals, [_claim(each) for each in claims])


def _claims(document: Any) -> tuple[set[Any], list[dict[str, Any]]]:
    """Payment totals and claims of a golden, which comes in two layouts."""
    if isinstance(document, dict):
        return {document["transaction"]["totalPaymentAmount"]}, document["payments"]
    return (
        {each["totalPaymentAmount"] for each in document if "totalPaymentAmount" in each},
        [each for each in document if each["objectType"] == "PAYMENT"],
    )


def _claim(told: dict[str, Any]) -> PaidClaim:
    return PaidClaim(
        told["patientControlNumber"],
        told["chargeAmount"],
        told["paymentAmount"],
        told.get("patientResponsibilityAmount", Decimal(0)),
        _adjustments(told),
        [
            Line(line["chargeAmount"], line.get("paidAmount", Decimal(0)), _adjustments(line))
            for line in told.get("serviceLines", [])
        ],
    )


def _adjustments(told: dict[str, Any]) -> list[Adjustment]:
    return [
        (_GROUPS.get(each["group"], each["group"]), each["reasonCode"], each["amount"])
        for each in told.get("adjustments", [])
    ]

"""SNIP level 4, situations: what must be there, or must fit, because something else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from edigate.claims.edits.finding import error, warning
from edigate.claims.model import Claim, Provider
from edigate.findings import Finding

# What every professional claim needs (usage R on the way to it), and how to say so.
REQUIRED: tuple[tuple[str, Callable[[Claim], object], str], ...] = (
    ("patient_control_number", lambda c: c.patient_control_number, "the claim has no patient control number"),
    ("total_charge", lambda c: c.total_charge is not None, "the claim has no charge"),
    ("place_of_service", lambda c: c.place_of_service, "the claim has no place of service"),
    ("frequency_code", lambda c: c.frequency_code, "the claim has no frequency code"),
    ("diagnoses", lambda c: c.diagnoses, "the claim has no diagnosis"),
    ("service_lines", lambda c: c.service_lines, "the claim has no service line"),
    ("billing_provider.last_name", lambda c: _of(c.billing_provider).last_name, "the billing provider has no name"),
    ("billing_provider.npi", lambda c: _of(c.billing_provider).npi, "the billing provider has no NPI"),
    ("billing_provider.tax_id", lambda c: _of(c.billing_provider).tax_id, "the billing provider has no tax id"),
    ("billing_provider.address.line1", lambda c: _address(c, "line1"), "the billing provider has no street address"),
    ("billing_provider.address.city", lambda c: _address(c, "city"), "the billing provider has no city"),
    ("subscriber.last_name", lambda c: c.subscriber and c.subscriber.last_name, "the subscriber has no last name"),
    ("subscriber.member_id", lambda c: c.subscriber and c.subscriber.member_id, "the subscriber has no member id"),
    ("payer.name", lambda c: c.payer and c.payer.name, "the payer has no name"),
    ("payer.payer_id", lambda c: c.payer and c.payer.payer_id, "the payer has no id"),
)  # fmt: skip

# Codes of CLM11 that speak of an accident (X222A1 2300 DTP*439).
ACCIDENTS = frozenset(("AA", "OA"))


def required(claim: Claim, today: date) -> Iterator[Finding]:
    """What every claim needs is there."""
    for field, there, message in REQUIRED:
        if not there(claim):
            yield error("REQUIRED", 4, field, message)
    for number, line in enumerate(claim.service_lines):
        at = f"service_lines[{number}]"
        if not line.procedure:
            yield error("REQUIRED", 4, f"{at}.procedure", f"line {number + 1} has no procedure code")
        if line.charge is None:
            yield error("REQUIRED", 4, f"{at}.charge", f"line {number + 1} has no charge")
        if line.service_date is None:
            yield error("REQUIRED", 4, f"{at}.service_date", f"line {number + 1} has no date of service")
        if line.units is None or line.units <= 0:
            yield error("UNITS", 4, f"{at}.units", f"line {number + 1} needs units above zero")
        if not line.diagnosis_pointers:
            yield error("REQUIRED", 4, f"{at}.diagnosis_pointers", f"line {number + 1} points at no diagnosis")


def patient_or_subscriber(claim: Claim, today: date) -> Iterator[Finding]:
    """The patient is the subscriber (SBR02 18, with birth date and sex) or has a level of their own."""
    subscriber = claim.subscriber
    if subscriber is None:
        return
    if claim.patient is None:
        if subscriber.relationship != "18":
            yield error(
                "PATIENT-MISSING", 4, "subscriber.relationship",
                "the patient isn't the subscriber (relationship is not 18), but no patient is given",
            )  # fmt: skip
        for field, there in (("birth_date", subscriber.birth_date), ("sex", subscriber.sex)):
            if not there:
                yield error(
                    "REQUIRED",
                    4,
                    f"subscriber.{field}",
                    f"the patient's {field.replace('_', ' ')} is missing",
                )
        if subscriber.address is None:
            yield warning(
                "SUBSCRIBER-ADDRESS", 4, "subscriber.address",
                "the subscriber, who is the patient, has no address; many payers require one",
            )  # fmt: skip
        return
    if subscriber.relationship == "18":
        yield error(
            "PATIENT-TWICE", 4, "subscriber.relationship",
            "the relationship says that the patient is the subscriber, but another patient is given",
        )  # fmt: skip
    patient = claim.patient
    for field, value in (
        ("relationship", patient.relationship),
        ("last_name", patient.last_name),
        ("birth_date", patient.birth_date),
        ("sex", patient.sex),
        ("address", patient.address),
    ):
        if not value:
            yield error("REQUIRED", 4, f"patient.{field}", f"the patient's {field.replace('_', ' ')} is missing")


def replacement_names_the_original(claim: Claim, today: date) -> Iterator[Finding]:
    """Frequency 7 and 8 quote the payer's claim control number in REF*F8 (X222A1 2300 REF)."""
    if claim.frequency_code in ("7", "8") and not claim.payer_claim_control_number:
        yield error(
            "REPLACEMENT-NUMBER", 4, "payer_claim_control_number",
            f"frequency {claim.frequency_code} replaces or voids a claim, but the payer's claim control "
            "number of the original is missing (it stands in the 835's CLP07 or the 277CA's REF*1K)",
        )  # fmt: skip


def accident_has_a_date(claim: Claim, today: date) -> Iterator[Finding]:
    """An accident among the related causes needs its date, an auto accident its state (2300 CLM11, DTP*439)."""
    if ACCIDENTS.intersection(claim.related_causes) and claim.accident_date is None:
        yield error("ACCIDENT-DATE", 4, "accident_date", "the claim is accident related but has no accident date")
    if "AA" in claim.related_causes and not claim.auto_accident_state and not claim.auto_accident_country:
        yield error("ACCIDENT-STATE", 4, "auto_accident_state", "an auto accident needs the state it happened in")


def pointers_point(claim: Claim, today: date) -> Iterator[Finding]:
    """Diagnosis pointers point at diagnoses that exist, none twice (2400 SV107)."""
    known = len(claim.diagnoses)
    for number, line in enumerate(claim.service_lines):
        for pointer in line.diagnosis_pointers:
            if not 1 <= pointer <= known:
                yield error(
                    "POINTER", 4, f"service_lines[{number}].diagnosis_pointers",
                    f"line {number + 1} points at diagnosis {pointer}, but the claim has {known}",
                )  # fmt: skip
        if len(set(line.diagnosis_pointers)) != len(line.diagnosis_pointers):
            yield error(
                "POINTER", 4, f"service_lines[{number}].diagnosis_pointers",
                f"line {number + 1} points at the same diagnosis twice",
            )  # fmt: skip


def counts(claim: Claim, today: date) -> Iterator[Finding]:
    """As many diagnoses, lines, modifiers and pointers as the guide has places for."""
    if len(claim.diagnoses) > 12:
        yield error("COUNT", 4, "diagnoses", f"{len(claim.diagnoses)} diagnoses; an 837P holds 12")
    if len(claim.service_lines) > 50:
        yield error("COUNT", 4, "service_lines", f"{len(claim.service_lines)} lines; an 837P claim holds 50")
    for number, line in enumerate(claim.service_lines):
        for field, most in (("modifiers", 4), ("diagnosis_pointers", 4)):
            if len(getattr(line, field)) > most:
                yield error(
                    "COUNT", 4, f"service_lines[{number}].{field}",
                    f"line {number + 1} has more than {most} {field.replace('_', ' ')}",
                )  # fmt: skip


def dates_in_order(claim: Claim, today: date) -> Iterator[Finding]:
    """No service in the future, no end before its start, nobody treated before birth."""
    patient = claim.patient or claim.subscriber
    born = patient.birth_date if patient else None
    who = "patient" if claim.patient else "subscriber"
    if born and born > today:
        yield error("DATE-FUTURE", 4, f"{who}.birth_date", "the birth date is in the future")
    for number, line in enumerate(claim.service_lines):
        at = f"service_lines[{number}].service_date"
        if line.service_date is None:
            continue
        end = line.service_date_end or line.service_date
        if end > today:
            yield error("DATE-FUTURE", 4, at, f"line {number + 1} has a date of service in the future")
        if end < line.service_date:
            yield error("DATE-ORDER", 4, f"{at}_end", f"line {number + 1} ends before it begins")
        if born and line.service_date < born:
            yield error("DATE-ORDER", 4, at, f"line {number + 1} was served before the patient was born")
    if claim.admission_date and claim.discharge_date and claim.discharge_date < claim.admission_date:
        yield error("DATE-ORDER", 4, "discharge_date", "the discharge is before the admission")


def _of(provider: Provider | None) -> Provider:
    return provider or _NOBODY


def _address(claim: Claim, part: str) -> object:
    address = _of(claim.billing_provider).address
    return address is not None and getattr(address, part)


_NOBODY = Provider()

EDITS = (
    required,
    patient_or_subscriber,
    replacement_names_the_original,
    accident_has_a_date,
    pointers_point,
    counts,
    dates_in_order,
)

"""SNIP level 4, situations: what must be there, or must fit, because something else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from edigate.claims.edits import codes as c
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
    if claim.frequency_code == "1" and claim.payer_claim_control_number:
        yield warning(
            "ORIGINAL-NUMBER", 4, "payer_claim_control_number",
            "an original claim quotes a payer's claim control number; a replacement has frequency 7, a void 8",
        )  # fmt: skip


def accident_has_a_date(claim: Claim, today: date) -> Iterator[Finding]:
    """An accident among the related causes needs its date, an auto accident its state (2300 CLM11, DTP*439)."""
    if ACCIDENTS.intersection(claim.related_causes) and claim.accident_date is None:
        yield error("ACCIDENT-DATE", 4, "accident_date", "the claim is accident related but has no accident date")
    if claim.accident_date is not None and not claim.related_causes:
        yield warning(
            "ACCIDENT-CAUSE", 4, "related_causes",
            "the claim has an accident date, but doesn't say what kind of accident (AA auto, EM at work, OA other)",
        )  # fmt: skip
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
    if len(claim.related_causes) > 2:
        yield error("COUNT", 4, "related_causes", f"{len(claim.related_causes)} related causes; an 837P holds 2")
    if len(claim.other_subscribers) > 10:
        yield error("COUNT", 4, "other_subscribers", f"{len(claim.other_subscribers)} other payers; an 837P holds 10")
    for number, line in enumerate(claim.service_lines):
        for field, most in (("modifiers", 4), ("diagnosis_pointers", 4)):
            if len(getattr(line, field)) > most:
                yield error(
                    "COUNT", 4, f"service_lines[{number}].{field}",
                    f"line {number + 1} has more than {most} {field.replace('_', ' ')}",
                )  # fmt: skip


def dates_in_order(claim: Claim, today: date) -> Iterator[Finding]:
    """No service in the future, no end before its start, nobody treated before birth, periods that can be."""
    who, born, died = _patient(claim)
    for name, day in (("birth_date", born), ("death_date", died)):
        if day and day > today:
            yield error("DATE-FUTURE", 4, f"{who}.{name}", f"the {name.replace('_', ' ')} is in the future")
    if born and died and died < born:
        yield error("DATE-ORDER", 4, f"{who}.death_date", "the patient died before they were born")
    for number, line in enumerate(claim.service_lines):
        at, of_line = f"service_lines[{number}].service_date", f"line {number + 1}"
        start = line.service_date
        if start is None:
            continue
        end = line.service_date_end or start
        if end > today:
            yield error("DATE-FUTURE", 4, at, f"{of_line} has a date of service in the future")
        if end < start:
            yield error("DATE-ORDER", 4, f"{at}_end", f"{of_line} ends before it begins")
        if born and start < born:
            yield error("DATE-ORDER", 4, at, f"{of_line} was served before the patient was born")
        if died and start > died:
            yield warning("AFTER-DEATH", 4, at, f"{of_line} was served after the patient's death")
        if (end - start).days > 366:
            yield warning("DATE-SPAN", 4, f"{at}_end", f"{of_line} takes more than a year")
        if (born and (start - born).days > 125 * 366) or start.year < 1990:
            yield warning("DATE-OLD", 4, at, f"{of_line} or the birth date lies too far back to be right")
    for first, last, what in _PERIODS:
        start, end = getattr(claim, first), getattr(claim, last)
        if start and end and end < start:
            yield error("DATE-ORDER", 4, last, f"the {what} ends before it begins")


_PERIODS = (
    ("admission_date", "discharge_date", "stay"),
    ("disability_period_start", "disability_period_end", "disability"),
    ("last_worked_date", "return_to_work_date", "absence from work"),
)


def disability(claim: Claim, today: date) -> Iterator[Finding]:
    """One DTP says from when to when (X222A1 2300 DTP*314); 360 and 361 stand alone, and both halves of 314."""
    if claim.disability_start and claim.disability_end:
        yield error(
            "DISABILITY", 4, "disability_end",
            "the guide has one place for the disability; where both ends are known, give disability_period_start "
            "and disability_period_end instead",
        )  # fmt: skip
    if (claim.disability_period_start is None) != (claim.disability_period_end is None):
        yield error(
            "DISABILITY", 4, "disability_period_end",
            "a disability period needs both ends; where one is known, give disability_start or disability_end",
        )  # fmt: skip


def lines_apart(claim: Claim, today: date) -> Iterator[Finding]:
    """Line item control numbers are unique within the claim (X222A1 2400 REF*6R); no line is billed twice."""
    numbers: dict[str, int] = {}
    billed: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(claim.service_lines):
        control = line.line_item_control_number
        if control and control in numbers:
            yield error(
                "LINE-NUMBER-TWICE", 4, f"service_lines[{number}].line_item_control_number",
                f"line {number + 1} has the line item control number of line {numbers[control] + 1}",
            )  # fmt: skip
        numbers.setdefault(control, number)
        same = (
            line.procedure, *sorted(line.modifiers), line.service_date, line.service_date_end, line.charge, line.units,
            line.national_drug_code, line.rendering_provider and line.rendering_provider.npi,
        )  # fmt: skip
        if same in billed:
            yield warning(
                "LINE-TWICE", 4, f"service_lines[{number}].procedure",
                f"line {number + 1} bills the same as line {billed[same] + 1}; payers deny it as a duplicate "
                "unless a modifier (76, 77, 59) says why",
            )  # fmt: skip
        billed.setdefault(same, number)


def drugs(claim: Claim, today: date) -> Iterator[Finding]:
    """A drug code has a quantity and its unit, and they a drug code (X222A1 2410 LIN, CTP)."""
    for number, line in enumerate(claim.service_lines):
        at = f"service_lines[{number}]"
        if line.national_drug_code and not (line.drug_quantity and line.drug_unit):
            yield error(
                "NDC-QUANTITY", 4, f"{at}.drug_quantity", f"line {number + 1} has a drug code, but no quantity and unit"
            )
        rest = (line.drug_quantity, line.drug_unit, line.prescription_number, line.drug_link_number)
        if any(rest) and not line.national_drug_code:
            yield error(
                "NDC-MISSING", 4, f"{at}.national_drug_code", f"line {number + 1} speaks of a drug without its code"
            )


def ambulance(claim: Claim, today: date) -> Iterator[Finding]:
    """A transport says why and how far (CR1) and from where to where (X222A1 2310E/F, 2420G/H)."""
    for number, line in enumerate(claim.service_lines):
        if not c.AMBULANCE.fullmatch(line.procedure):
            continue
        at, of_line = f"service_lines[{number}]", f"line {number + 1}"
        if claim.ambulance is None and line.ambulance is None:
            yield warning(
                "AMBULANCE", 4, f"{at}.ambulance",
                f"{of_line} is an ambulance transport, but nothing says why it was needed and how far it went",
            )  # fmt: skip
        if not (claim.ambulance_pick_up or line.ambulance_pick_up) or not (
            claim.ambulance_drop_off or line.ambulance_drop_off
        ):
            yield warning(
                "AMBULANCE-PLACES", 4, f"{at}.ambulance_pick_up",
                f"{of_line} is an ambulance transport, but not both the places of pick-up and drop-off are given",
            )  # fmt: skip


def other_payers(claim: Claim, today: date) -> Iterator[Finding]:
    """Each payer has its own place in line, and each line's adjudication its payer (X222A1 2320 SBR01, 2430 SVD01)."""
    subscriber = claim.subscriber
    taken = {subscriber.responsibility} if subscriber else set()
    for number, other in enumerate(claim.other_subscribers):
        if other.responsibility != "U" and other.responsibility in taken:
            yield error(
                "COB-ORDER", 4, f"other_subscribers[{number}].responsibility",
                f"two payers are {other.responsibility} (P primary, S secondary, T tertiary, then A to H)",
            )  # fmt: skip
        taken.add(other.responsibility)
    if subscriber and subscriber.responsibility in ("S", "T") and not claim.other_subscribers:
        yield warning(
            "COB-MISSING", 4, "other_subscribers",
            "the payer isn't the primary one, but the claim doesn't say what the payer before it paid",
        )  # fmt: skip
    payers = {other.payer_id for other in claim.other_subscribers}
    for number, line in enumerate(claim.service_lines):
        for nth, adjudication in enumerate(line.adjudications):
            if adjudication.payer_id not in payers:
                yield error(
                    "COB-PAYER", 4, f"service_lines[{number}].adjudications[{nth}].payer_id",
                    f"line {number + 1} was adjudicated by a payer that isn't among the claim's other payers",
                )  # fmt: skip


def _patient(claim: Claim) -> tuple[str, date | None, date | None]:
    """The field of who was treated, with their birth and death."""
    patient = claim.patient or claim.subscriber
    who = "patient" if claim.patient else "subscriber"
    return (who, patient.birth_date, patient.death_date) if patient else (who, None, None)


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
    disability,
    lines_apart,
    drugs,
    ambulance,
    other_payers,
)

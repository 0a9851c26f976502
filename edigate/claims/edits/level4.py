"""SNIP level 4, situations of every claim: what it needs, who the patient is, what a correction quotes, how many."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from edigate.claims.edits.many import Columns, Many
from edigate.claims.edits.places import words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Attachment, Claim, ServiceLine

LEVEL = Level(4)

REQUIRED = LEVEL.error(
    "REQUIRED", "PID", "usage R of the guides' elements",
    "Something every claim needs is missing.",
    "Map the field that the finding names.", fixed=True,
)  # fmt: skip
UNITS = LEVEL.error(
    "UNITS", "PID", "2400 SV104, SV205, SV306",
    "A line has no units, or none above zero.",
    "Give the units, minutes or days of the service. A dental line without any is one.",
)  # fmt: skip
PATIENT_MISSING = LEVEL.error(
    "PATIENT-MISSING", "PID", "2000B SBR02, 2000C",
    "The subscriber isn't the patient, and no patient is given.",
    "Give `subscriber.relationship` 18, or map the patient.",
)  # fmt: skip
PATIENT_TWICE = LEVEL.error(
    "PATIENT-TWICE", "PID", "2000B SBR02, 2000C",
    "The relationship says that the subscriber is the patient, but another patient is given.",
    "Leave one of the two out.",
)  # fmt: skip
BILLING_NPI = LEVEL.error(
    "BILLING-NPI", "PID", "2010AA NM109; REF*0B, REF*1G; 2010BB REF*G2, REF*LU",
    "The billing provider has neither an NPI nor another number that its payer knows it by.",
    "Map `billing_provider.npi`. Who can have none (transport, personal care) gives "
    "`billing_provider.secondary_ids` or `payer.billing_provider_ids`.",
)  # fmt: skip
SUBSCRIBER_ADDRESS = LEVEL.warning(
    "SUBSCRIBER-ADDRESS", "PID", "2010BA N3",
    "The patient, who is the subscriber, has no address.",
    "Many payers require one.",
)  # fmt: skip
REPLACEMENT_NUMBER = LEVEL.error(
    "REPLACEMENT-NUMBER", "PID", "2300 REF*F8",
    "A correction, replacement or void doesn't say of which claim.",
    "Give the payer's claim control number: CLP07 of the 835, or REF\\*1K of the 277CA.",
)  # fmt: skip
ORIGINAL_NUMBER = LEVEL.warning(
    "ORIGINAL-NUMBER", "PID", "2300 REF*F8",
    "An original claim quotes a payer's claim control number.",
    "If it replaces another, its frequency is 7.",
)  # fmt: skip
ACCIDENT_DATE = LEVEL.error(
    "ACCIDENT-DATE", "PD", "2300 CLM11, DTP*439",
    "The claim is related to an accident without a date.",
    "Give the accident's date.",
)  # fmt: skip
ACCIDENT_STATE = LEVEL.error(
    "ACCIDENT-STATE", "PD", "2300 CLM11-4, CLM11-5",
    "An auto accident without state or country.",
    "Give where it happened.",
)  # fmt: skip
ACCIDENT_CAUSE = LEVEL.warning(
    "ACCIDENT-CAUSE", "PD", "2300 CLM11",
    "An accident date without a related cause.",
    "Say what it was: AA auto, EM at work, OA other.",
)  # fmt: skip
COUNT = LEVEL.error(
    "COUNT", "PID", "repeats of the guides' segments",
    "More diagnoses, lines, modifiers, codes or payers than the guide has places for.",
    "Split the claim. The finding names the number there is room for.",
)  # fmt: skip
ATTACHMENT_NUMBER = LEVEL.error(
    "ATTACHMENT-NUMBER", "PID", "2300, 2400 PWK06",
    "Paperwork is sent apart from the claim without the number that ties both together.",
    "Give `control_number`, the number on the paper, fax or file.",
)  # fmt: skip


class _Needs(NamedTuple):
    """Fields of a record that must be there: how they are read, and their names."""

    read: attrgetter[tuple[Any, ...]]
    names: tuple[str, ...]

    def met_by(self, records: Columns) -> bool:
        """Whether all have all of them; False also where something is zero."""
        return all(all(records[name]) for name in self.names)


def _needs(*names: str) -> _Needs:
    return _Needs(attrgetter(*names), names)


_CLAIM = {
    "professional": _needs(
        "patient_control_number", "total_charge", "place_of_service", "frequency_code", "diagnoses", "service_lines"
    ),
    "institutional": _needs(
        "patient_control_number", "total_charge", "facility_type", "frequency_code", "statement_from",
        "admission_type", "patient_status", "diagnoses", "service_lines",
    ),
    "dental": _needs("patient_control_number", "total_charge", "place_of_service", "frequency_code", "service_lines"),
}  # fmt: skip
_LINE = {
    "professional": _needs("procedure", "charge", "service_date", "diagnosis_pointers"),
    "institutional": _needs("revenue_code", "charge"),
    "dental": _needs("procedure", "charge"),
}
_BILLING = _needs("last_name", "tax_id")
_ADDRESS = _needs("line1", "city")
_SUBSCRIBER = _needs("last_name", "member_id")
_PAYER = _needs("name", "payer_id")
_OTHER = _needs("last_name", "member_id", "payer_name", "payer_id")
_PATIENT = _needs("relationship", "last_name", "birth_date", "sex", "address")
_SELF = _needs("birth_date", "sex")
_WORDS = {
    "diagnoses": "diagnosis", "service_lines": "service line", "total_charge": "charge",
    "diagnosis_pointers": "diagnosis pointer", "procedure": "procedure code", "service_date": "date of service",
    "line1": "street address", "facility_type": "type of bill", "statement_from": "statement dates",
}  # fmt: skip


def all_there(many: Many) -> bool:
    """Of claims without other payers."""
    if not (all(many.claim["billing_provider"]) and all(many.claim["subscriber"]) and all(many.claim["payer"])):
        return False
    billing = Columns(many.billing)
    return (
        all(billing["npi"])
        and all(billing["address"])
        and _CLAIM[many.kind].met_by(many.claim)
        and _SUBSCRIBER.met_by(many.subscriber)
        and _BILLING.met_by(billing)
        and _ADDRESS.met_by(Columns(billing["address"]))
        and _PAYER.met_by(Columns(many.payers))
    )


def required(claim: Claim, found: Found) -> None:
    _look(claim, _CLAIM[claim.kind], "", "claim", found)
    billing = claim.billing_provider
    _look(billing, _BILLING, "billing_provider", "billing provider", found)
    if billing is None or not (billing.npi or billing.secondary_ids or _known_otherwise(claim)):
        found.add(BILLING_NPI, "billing_provider.npi", "the billing provider has no NPI, nor another number")
    address = billing.address if billing is not None else None
    _look(address, _ADDRESS, "billing_provider.address", "billing provider", found)
    _look(claim.subscriber, _SUBSCRIBER, "subscriber", "subscriber", found)
    _look(claim.payer, _PAYER, "payer", "payer", found)
    for number, other in enumerate(claim.other_subscribers):
        _look(other, _OTHER, f"other_subscribers[{number}]", "other payer or its insured", found)


def _known_otherwise(claim: Claim) -> bool:
    """Whether the payer has a number of its own for the billing provider."""
    return claim.payer is not None and bool(claim.payer.billing_provider_ids)


def _look(record: object, needs: _Needs, at: str, who: str, found: Found) -> None:
    """Tell what of a record is missing; all of it where there is no record."""
    values = needs.read(record) if record is not None else (None,) * len(needs.names)
    if all(values):
        return
    for name, value in zip(needs.names, values, strict=True):
        if value is None or value in ("", (), []):  # a charge of zero is there
            what = _WORDS.get(name) or words(name)
            found.add(REQUIRED, f"{at}.{name}" if at else name, f"the {who} has no {what}")


def all_of_lines_there(many: Many) -> bool:
    return _LINE[many.kind].met_by(many.line)


def line_required(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    needs = _LINE[claim.kind]
    values = needs.read(line)
    if not all(values):
        for name, value in zip(needs.names, values, strict=True):
            if value is None or value in ("", (), []):
                found.line(REQUIRED, number, name, f"has no {_WORDS.get(name) or words(name)}")


def all_have_units(many: Many) -> bool:
    amounts = many.line["units"]
    if many.kind == "dental":
        amounts = [amount for amount in amounts if amount is not None]
    return None not in amounts and (not amounts or min(amounts) > 0)


def units(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    """837D: units are left out where there is one. 837I: lines without a charge may have none (0022, 0023)."""
    amount = line.units
    if amount is not None and amount > 0:
        return
    if amount is None and claim.kind == "dental":
        return
    if amount is not None and amount == 0 and claim.kind == "institutional" and not line.charge:
        return
    found.line(UNITS, number, "units", "needs units above zero")


def all_somebody(many: Many) -> bool:
    """Of claims that all have a subscriber: one who is the patient, and said to be so, or another patient."""
    subscribers, patients = many.claim["subscriber"], many.claim["patient"]
    selves = many.subscriber
    if "patient" in many.claim.said:
        both = list(zip(subscribers, patients, strict=True))
        others = [subscriber.relationship for subscriber, patient in both if subscriber and patient]
        if not all(subscribers) or "18" in others or not _PATIENT.met_by(many.patient):
            return False
        selves = Columns([subscriber for subscriber, patient in both if patient is None])
    return {"18"}.issuperset(selves["relationship"]) and _SELF.met_by(selves) and all(selves["address"])


def patient_or_subscriber(claim: Claim, found: Found) -> None:
    """The patient is the subscriber (SBR02 18, with birth date and sex) or has a level of their own."""
    subscriber, patient = claim.subscriber, claim.patient
    if subscriber is None:
        return
    if patient is not None:
        if subscriber.relationship == "18":
            found.add(
                PATIENT_TWICE, "subscriber.relationship",
                "the relationship says that the patient is the subscriber, but another patient is given",
            )  # fmt: skip
        _look(patient, _PATIENT, "patient", "patient", found)
        return
    if subscriber.relationship != "18":
        found.add(
            PATIENT_MISSING, "subscriber.relationship",
            "the patient isn't the subscriber (relationship is not 18), but no patient is given",
        )  # fmt: skip
    _look(subscriber, _SELF, "subscriber", "patient", found)
    if subscriber.address is None:
        found.add(
            SUBSCRIBER_ADDRESS, "subscriber.address",
            "the subscriber, who is the patient, has no address; many payers require one",
        )  # fmt: skip


def all_original(many: Many) -> bool:
    return {"1"}.issuperset(many.claim["frequency_code"]) and "payer_claim_control_number" not in many.claim.said


def correction_names_the_original(claim: Claim, found: Found) -> None:
    frequency, number = claim.frequency_code, claim.payer_claim_control_number
    if frequency == "1":
        if number:
            found.add(
                ORIGINAL_NUMBER, "payer_claim_control_number",
                "an original claim quotes a payer's claim control number; a replacement has frequency 7, a void 8",
            )  # fmt: skip
    elif not number and frequency in ("6", "7", "8"):
        found.add(
            REPLACEMENT_NUMBER, "payer_claim_control_number",
            f"frequency {frequency} corrects, replaces or voids a claim, but the payer's claim control number of "
            "the original is missing (it stands in the 835's CLP07 or the 277CA's REF*1K)",
        )  # fmt: skip


# Codes of CLM11 that speak of an accident, and not of work alone.
ACCIDENTS = frozenset(("AA", "OA"))


def accident(claim: Claim, found: Found) -> None:
    causes = claim.related_causes
    if not causes:
        if claim.accident_date is not None:
            found.add(
                ACCIDENT_CAUSE, "related_causes",
                "the claim has an accident date, but doesn't say what kind of accident (AA auto, EM at work, OA other)",
            )  # fmt: skip
        return
    if claim.accident_date is None and ACCIDENTS.intersection(causes):
        found.add(ACCIDENT_DATE, "accident_date", "the claim is accident related but has no accident date")
    if "AA" in causes and not claim.auto_accident_state and not claim.auto_accident_country:
        found.add(ACCIDENT_STATE, "auto_accident_state", "an auto accident needs the state it happened in")


# As many as the guides have places for (X222A1, X223A2, X224A2: repeats of HI, LX, SV, TOO, DN2, 2320).
_MOST = {
    "professional": {"diagnoses": 12, "service_lines": 50, "related_causes": 2, "other_subscribers": 10,
                     "anesthesia_procedures": 2, "condition_codes": 24, "attachments": 10},
    "institutional": {"diagnoses": 25, "service_lines": 999, "other_subscribers": 10, "visit_reasons": 3,
                      "external_causes": 12, "procedures": 25, "occurrences": 24, "occurrence_spans": 24,
                      "value_codes": 24, "condition_codes": 24, "treatment_codes": 24, "attachments": 10},
    "dental": {"diagnoses": 4, "service_lines": 50, "related_causes": 2, "other_subscribers": 10,
               "tooth_statuses": 35, "attachments": 10},
}  # fmt: skip
_MOST_OF_LINE = {
    "professional": {"modifiers": 4, "diagnosis_pointers": 4},
    "institutional": {"modifiers": 4},
    "dental": {"modifiers": 4, "diagnosis_pointers": 4, "oral_cavities": 5, "teeth": 32},
}


def few_enough(many: Many) -> bool:
    most = _MOST[many.kind]
    return all(max(map(len, many.claim[name])) <= most[name] for name in most if name in many.claim.said)


def counts(claim: Claim, found: Found) -> None:
    for name, most in _MOST[claim.kind].items():
        values = getattr(claim, name)
        if len(values) > most:
            found.add(COUNT, name, f"{len(values)} {words(name)}; a {claim.kind} claim holds {most}")


def few_enough_of_lines(many: Many) -> bool:
    most = _MOST_OF_LINE[many.kind]
    return all(max(map(len, many.line[name])) <= most[name] for name in most if name in many.line.said)


def line_counts(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    for name, most in _MOST_OF_LINE[claim.kind].items():
        if len(getattr(line, name)) > most:
            found.line(COUNT, number, name, f"has more than {most} {words(name)}")


_APART = frozenset(("BM", "EL", "EM", "FT", "FX"))  # PWK02: by mail, electronically, by email, by file, by fax


def attachments(claim: Claim, found: Found) -> None:
    _numbered(claim.attachments, "", found)


def line_attachments(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    _numbered(line.attachments, f"service_lines[{number}].", found)


def _numbered(papers: Sequence[Attachment], at: str, found: Found) -> None:
    for nth, paper in enumerate(papers):
        if paper.transmission in _APART and not paper.control_number:
            found.add(
                ATTACHMENT_NUMBER, f"{at}attachments[{nth}].control_number",
                f"attachment {nth + 1} is sent apart ({paper.transmission}), but has no control number",
            )  # fmt: skip


CHECKS: ClaimChecks = (
    OfClaim("PID", required, spotless=all_there, beside=("other_subscribers",)),
    OfClaim("PID", patient_or_subscriber, spotless=all_somebody),
    OfClaim("PID", correction_names_the_original, spotless=all_original),
    OfClaim("PD", accident, ("related_causes", "accident_date")),
    OfClaim("PID", counts, spotless=few_enough),
    OfClaim("PID", attachments, ("attachments",)),
)
LINE_CHECKS: LineChecks = (
    OfLine("PID", line_required, spotless=all_of_lines_there),
    OfLine("PID", units, spotless=all_have_units),
    OfLine("PID", line_counts, spotless=few_enough_of_lines),
    OfLine("PID", line_attachments, ("attachments",)),
)

"""Codes of TA1, 999 and 277CA in plain words, for people. Short and our own; knows no claim.

Code sources: X12 I18 (TA105), 620/621/618 (IK304, IK403, IK502), 507 and 508 (STC01-1, STC01-2), 98 (STC01-3).
An unknown code is shown as it came: a rejection must never go unsaid because a table is older than it.
"""

from __future__ import annotations

from collections.abc import Iterable

TA1_NOTES = {
    "000": "no error",
    "001": "the control numbers of header and trailer differ (ISA13, IEA02)",
    "002": "the standard named in ISA11 isn't supported",
    "003": "the version named in ISA12 isn't supported",
    "004": "the segment terminator is invalid",
    "005": "the qualifier of the sender's id is invalid (ISA05)",
    "006": "the sender's id is unknown or invalid (ISA06)",
    "007": "the qualifier of the receiver's id is invalid (ISA07)",
    "008": "the receiver's id is unknown or invalid (ISA08)",
    "009": "the receiver's id isn't theirs",
    "010": "the qualifier of the authorization is invalid (ISA01)",
    "011": "the authorization is invalid (ISA02)",
    "012": "the qualifier of the password is invalid (ISA03)",
    "013": "the password is invalid (ISA04)",
    "014": "the interchange date is invalid",
    "015": "the interchange time is invalid",
    "016": "the repetition separator or the standard is invalid (ISA11)",
    "017": "the version is invalid (ISA12)",
    "018": "the control number is invalid (ISA13)",
    "019": "the acknowledgment request is invalid (ISA14)",
    "020": "the test or production mark is invalid (ISA15)",
    "021": "the number of groups is wrong (IEA01)",
    "022": "a control structure is invalid",
    "023": "the file ends too early",
    "024": "the content is invalid",
    "025": "the control number was used before (ISA13)",
    "026": "the element separator is invalid",
    "027": "the component separator is invalid",
    "028": "the date of deferred delivery is invalid",
    "029": "the time of deferred delivery is invalid",
    "030": "the time code of deferred delivery is invalid",
    "031": "the grade of service is invalid",
}

SEGMENT_ERRORS = {
    "1": "is a segment nobody knows",
    "2": "isn't expected there",
    "3": "is missing",
    "4": "stands in a loop that occurs too often",
    "5": "occurs too often",
    "6": "isn't part of this transaction set",
    "7": "stands out of order",
    "8": "has errors in its elements",
    "I4": "isn't used by the guide",
    "I6": "is required by what another segment says",
    "I7": "occurs too seldom",
    "I8": "occurs too seldom",
    "I9": "isn't used with what another segment says",
}

ELEMENT_ERRORS = {
    "1": "is missing",
    "2": "is missing although another element requires it",
    "3": "is one element too many",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that isn't allowed",
    "7": "holds a code that isn't allowed",
    "8": "isn't a date",
    "9": "isn't a time",
    "10": "excludes another element that is there too",
    "12": "is repeated too often",
    "13": "has too many components",
    "I6": "holds a code that the guide doesn't use",
    "I9": "is required by what another element says",
    "I10": "isn't used by the guide",
    "I11": "is repeated too seldom",
    "I12": "holds a value that doesn't fit its pattern",
    "I13": "isn't used with what another element says",
}

STATUS_CATEGORIES = {
    "A0": "passed on",
    "A1": "received",
    "A2": "accepted",
    "A3": "returned, can't be processed",
    "A4": "not found",
    "A5": "accepted and split",
    "A6": "rejected, something is missing",
    "A7": "rejected, something is invalid",
    "A8": "rejected, fields contradict each other",
}

# The codes that clearinghouses use most, of about eight hundred.
STATUS_CODES = {
    "16": "passed on",
    "17": "passed on, waiting for their answer",
    "19": "received",
    "20": "accepted for processing",
    "21": "missing or invalid information",
    "23": "returned",
    "24": "not approved to submit electronically",
    "26": "not found",
    "33": "subscriber not found",
    "54": "duplicate of a claim already processed",
    "88": "not eligible on these dates",
    "97": "patient's eligibility not found",
    "116": "sent to the wrong payer",
    "122": "missing or invalid data keeps the payer from processing",
    "125": "name",
    "126": "address",
    "128": "tax id",
    "145": "taxonomy code",
    "153": "identification number",
    "156": "relation of patient to subscriber",
    "157": "gender",
    "158": "date of birth",
    "164": "member number",
    "178": "charges",
    "187": "service date",
    "189": "admission date",
    "247": "service line",
    "249": "place of service",
    "254": "principal diagnosis",
    "255": "diagnosis code",
    "306": "description of the service",
    "400": "the claim doesn't balance",
    "401": "source of payment",
    "453": "modifier",
    "454": "procedure code",
    "455": "revenue code",
    "464": "payer's claim number",
    "476": "units of service",
    "481": "format of the claim",
    "488": "diagnosis pointer",
    "500": "ZIP code",
    "501": "state",
    "503": "street address",
    "507": "HCPCS code",
    "516": "other payer's adjudication date",
    "562": "NPI",
    "732": "information doesn't agree with the billing rules",
}

ENTITIES = {
    "1P": "provider",
    "36": "employer",
    "40": "receiver",
    "41": "submitter",
    "45": "drop-off location",
    "71": "attending provider",
    "72": "operating provider",
    "77": "service location",
    "82": "rendering provider",
    "85": "billing provider",
    "87": "pay-to provider",
    "AY": "clearinghouse",
    "DK": "ordering provider",
    "DN": "referring provider",
    "DQ": "supervising provider",
    "FA": "facility",
    "GB": "other insured",
    "IL": "subscriber",
    "P3": "primary care provider",
    "PR": "payer",
    "PW": "pick-up location",
    "QC": "patient",
    "TT": "next payer",
}


def ta1_words(note: str) -> str:
    """What a TA105 says, e.g. `the control number was used before (ISA13)`."""
    return TA1_NOTES.get(note.strip().zfill(3), f"note {note}")


def status_words(codes: Iterable[str]) -> str:
    """What STC composites (`A7:562:85`) say, e.g. `rejected, something is invalid: billing provider NPI`.

    The first category speaks for all; each status follows with whom it is about.
    """
    said: list[str] = []
    category = ""
    for composite in codes:
        parts = [*composite.split(":"), "", ""][:3]
        category = category or parts[0]
        if parts[1] in ("", "21") and said:
            continue  # 21 only introduces the field that follows
        words = STATUS_CODES.get(parts[1], f"status {parts[1]}" if parts[1] else "")
        entity = ENTITIES.get(parts[2], parts[2])
        said.append(f"{entity} {words}".strip())
    if len(said) > 1 and said[0].endswith(STATUS_CODES["21"]):
        said.pop(0)
    head = STATUS_CATEGORIES.get(category, f"category {category}" if category else "no status")
    rest = ", ".join(dict.fromkeys(piece for piece in said if piece and piece != head))
    return f"{head}: {rest}" if rest else head


def error_words(segment_id: str, code: str, element: int = 0, component: int = 0) -> str:
    """What an IK3 or IK4 says, e.g. `NM109 holds a code that isn't allowed`."""
    if not element:
        return f"{segment_id} {SEGMENT_ERRORS.get(code, f'has error {code}')}"
    place = f"{segment_id}{element:02d}" + (f"-{component}" if component else "")
    return f"{place} {ELEMENT_ERRORS.get(code, f'has error {code}')}"

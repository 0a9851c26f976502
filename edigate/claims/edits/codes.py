"""Code sets and forms of codes that a professional claim uses, each with its owner. No rule."""

from __future__ import annotations

import re
from datetime import date

# CMS place of service code set, as of 2026 (cms.gov, Place of Service Codes for Professional Claims).
PLACES_OF_SERVICE = frozenset(
    "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 34 41 42 "
    "49 50 51 52 53 54 55 56 57 58 60 61 62 65 66 71 72 81 99".split()
)
# USPS, with territories and the armed forces.
STATES = frozenset(
    "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT "
    "NC ND NE NH NJ NM NV NY OH OK OR PA PR PW RI SC SD TN TX UT VA VI VT WA WI WV WY".split()
)

# X222A1, elements with a list of their own.
RESPONSIBILITIES = frozenset("PSTABCDEFGHU")  # SBR01
RELATED_CAUSES = frozenset(("AA", "EM", "OA"))  # CLM11
ADJUSTMENT_GROUPS = frozenset(("CO", "CR", "OA", "PI", "PR"))  # CAS01
_SEXES = frozenset("FMU")  # DMG03
_YES = frozenset("Y")
CLAIM_CODES: dict[str, frozenset[str]] = {
    "frequency_code": frozenset("178"),  # CLM05-3
    "provider_signature_on_file": frozenset("YN"),  # CLM06
    "assignment_code": frozenset("ABC"),  # CLM07
    "benefits_assignment": frozenset("YNW"),  # CLM08
    "release_of_information": frozenset("YI"),  # CLM09
    "patient_signature_source": frozenset("P"),  # CLM10
    "special_program": frozenset(("02", "03", "05", "09")),  # CLM12
    "delay_reason": frozenset("1 2 3 4 5 6 7 8 9 10 11 15".split()),  # CLM20
    "medicare_section_4081": frozenset("YN"),  # REF*F5
    "service_authorization_exception": frozenset("1234567"),  # REF*4N
}
LINE_CODES: dict[str, frozenset[str]] = {
    "procedure_qualifier": frozenset(("ER", "HC", "IV", "WK")),  # SV101-1
    "unit": frozenset(("MJ", "UN")),  # SV103
    "emergency": _YES,  # SV109
    "epsdt": _YES,  # SV111
    "family_planning": _YES,  # SV112
    "copay_status": frozenset("0"),  # SV115
    "drug_unit": frozenset(("F2", "GR", "ME", "ML", "UN")),  # CTP05-1
}
SUBSCRIBER_CODES: dict[str, frozenset[str]] = {
    "responsibility": RESPONSIBILITIES,
    "relationship": frozenset(("18",)),  # SBR02 of the destination payer's subscriber
    "filing_indicator": frozenset(
        "11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ".split()
    ),  # SBR09
    "sex": _SEXES,
    "pregnant": _YES,  # PAT09
}
PATIENT_CODES: dict[str, frozenset[str]] = {
    "relationship": frozenset("01 19 20 21 39 40 53 G8".split()),  # PAT01
    "sex": _SEXES,
    "pregnant": _YES,
}

# U codes are real since 2020 (U07.1); the third character may be a letter (C4A, C7B).
ICD10 = re.compile(r"[A-Z][0-9][0-9AB][0-9A-Z]{0,4}", re.ASCII)
ICD9 = re.compile(r"[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}", re.ASCII)
ICD10_START = date(2015, 10, 1)  # 45 CFR 162.1002: ICD-10 from this date of service
# W to Z are no national codes, but some states still have codes of their own there.
HCPCS = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", re.ASCII)
MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
# HCPCS level II: ambulance transports with their mileage (A0225, A0425-A0436); not supplies or waiting.
AMBULANCE = re.compile(r"A0225|A042[5-9]|A043[0-6]", re.ASCII)
NDC = re.compile(r"[0-9]{11}", re.ASCII)
CLIA = re.compile(r"[0-9]{2}D[0-9]{7}", re.ASCII)
CLIA_FIELDS = ("clia_number", "referring_clia_number")
TAXONOMY = re.compile(r"[0-9A-Z]{9}X", re.ASCII)  # NUCC
NPI = re.compile(r"[0-9]{10}", re.ASCII)
TAX_ID = re.compile(r"[0-9]{9}", re.ASCII)
TAX_ID_HYPHENS = re.compile(r"[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}", re.ASCII)
ZIP = re.compile(r"[0-9]{5}(?:[0-9]{4})?", re.ASCII)
ZIP9 = re.compile(r"[0-9]{9}", re.ASCII)
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
POST_BOX = re.compile(r"(?:P\.? ?O\.? ?|POST OFFICE )BOX\b", re.IGNORECASE)
PHONE = re.compile(r"[0-9]{10}", re.ASCII)

# The most characters an element holds (X12.3 data elements 1035, 1036, 1037, 67, 166, 19, 127, 352, 1028),
# by the last part of the field's name.
LIMITS: dict[str, int] = {
    "last_name": 60, "first_name": 35, "middle_name": 25, "suffix": 10, "name": 60, "payer_name": 60,
    "group_name": 60, "group_number": 50, "member_id": 80, "payer_id": 80,
    "line1": 55, "line2": 55, "city": 30,
    "patient_control_number": 38, "line_item_control_number": 30, "prior_authorization": 50,
    "prior_authorizations": 50, "referral_number": 50, "referral_numbers": 50, "medical_record_number": 50,
    "payer_claim_control_number": 50, "clearinghouse_trace_number": 50, "description": 80, "text": 80,
    "fixed_format_records": 80, "value": 50,
}  # fmt: skip

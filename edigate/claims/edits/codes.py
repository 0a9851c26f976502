"""Short code lists and forms of codes that claims use, each with its owner. No rule, and no set that changes yearly."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from edigate.claims.codesets.catalog import shipped


@cache
def places_of_service() -> frozenset[str]:
    """CMS's, whatever the day: those of the code set that ships, which knows when each began."""
    return frozenset(
        code for edition in shipped() if edition.heading.set == "place-of-service" for code in edition.table.codes()
    )


# USPS, with territories and the armed forces.
STATES = frozenset(
    "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT "
    "NC ND NE NH NJ NM NV NY OH OK OR PA PR PW RI SC SD TN TX UT VA VI VT WA WI WV WY".split()
)

# Elements with a list of their own: by kind, the field and its codes. Fields are the claim's, a line's, a person's.
RESPONSIBILITIES = frozenset("PSTABCDEFGHU")  # SBR01
RELATED_CAUSES = frozenset(("AA", "EM", "OA"))  # CLM11
ADJUSTMENT_GROUPS = frozenset(("CO", "CR", "OA", "PI", "PR"))  # CAS01
FILING_INDICATORS = frozenset("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ".split())  # SBR09
INSURANCE_TYPES = frozenset("12 13 14 15 16 41 42 43 47".split())  # SBR05 of the destination payer's subscriber
MEDICARE = frozenset(("MA", "MB"))  # SBR09
POA = frozenset("NUWY")  # HI0n-9
_YES = frozenset("Y")
_EITHER = frozenset("YN")

Lists = dict[str, dict[str, frozenset[str]]]
_EVERY_CLAIM = {
    "benefits_assignment": frozenset("YNW"),  # CLM08
    "release_of_information": frozenset("YI"),  # CLM09
    "delay_reason": frozenset("1 2 3 4 5 6 7 8 9 10 11 15".split()),  # CLM20
    "service_authorization_exception": frozenset("1234567"),  # REF*4N
}
CLAIM_CODES: Lists = {
    "professional": _EVERY_CLAIM
    | {
        "frequency_code": frozenset("178"),  # CLM05-3
        "provider_signature_on_file": _EITHER,  # CLM06
        "assignment_code": frozenset("ABC"),  # CLM07
        "patient_signature_source": frozenset("P"),  # CLM10
        "special_program": frozenset(("02", "03", "05", "09")),  # CLM12
        "medicare_section_4081": _EITHER,  # REF*F5
    },
    "institutional": _EVERY_CLAIM
    | {
        # NUBC, form locator 4, last digit; 5 late charges, 9 final home health, A-Q for payers and notices
        "frequency_code": frozenset("0123456789ABCDEFGHIJKMNOPQXYZ"),
        "assignment_code": frozenset("ABC"),
        "admission_type": frozenset("123459"),  # CL101
        # CL102; 3, 7, A, B and C were ended from 2007 to 2012, but old stays still have them
        "admission_source": frozenset("123456789ABCDEFG"),
        "patient_status": frozenset(
            "01 02 03 04 05 06 07 09 20 21 30 40 41 42 43 50 51 61 62 63 64 65 66 69 70 "
            "81 82 83 84 85 86 87 88 89 90 91 92 93 94 95".split()
        ),  # CL103, NUBC form locator 17
    },
    "dental": _EVERY_CLAIM
    | {
        "frequency_code": frozenset("1678"),
        "provider_signature_on_file": _EITHER,
        "assignment_code": frozenset("AC"),
        "special_program": frozenset(("01", "02", "03", "05")),
        "predetermination": frozenset(("PB",)),  # CLM19
    },
}
_DRUG_UNITS = frozenset(("F2", "GR", "ME", "ML", "UN"))  # CTP05-1
LINE_CODES: Lists = {
    "professional": {
        "procedure_qualifier": frozenset(("ER", "HC", "IV", "WK")),  # SV101-1
        "unit": frozenset(("MJ", "UN")),  # SV103
        "emergency": _YES,  # SV109
        "epsdt": _YES,  # SV111
        "family_planning": _YES,  # SV112
        "copay_status": frozenset("0"),  # SV115
        "drug_unit": _DRUG_UNITS,
    },
    "institutional": {
        "procedure_qualifier": frozenset(("ER", "HC", "HP", "IV", "WK")),  # SV202-1
        "unit": frozenset(("DA", "UN")),  # SV204
        "drug_unit": _DRUG_UNITS,
    },
    "dental": {
        "prosthesis": frozenset("IR"),  # SV305
        "prior_placement": frozenset(("139", "441")),  # DTP01
    },
}
_SEXES = frozenset("FMU")  # DMG03
SUBSCRIBER_CODES: dict[str, frozenset[str]] = {
    "responsibility": RESPONSIBILITIES,
    "relationship": frozenset(("18",)),  # SBR02 of the destination payer's subscriber
    "insurance_type": INSURANCE_TYPES,
    "filing_indicator": FILING_INDICATORS,
    "sex": _SEXES,
    "pregnant": _YES,  # PAT09
}
PATIENT_CODES: dict[str, frozenset[str]] = {
    "relationship": frozenset("01 19 20 21 39 40 53 G8".split()),  # PAT01
    "sex": _SEXES,
    "pregnant": _YES,
}
OTHER_CODES: dict[str, frozenset[str]] = {
    "responsibility": RESPONSIBILITIES,
    "filing_indicator": FILING_INDICATORS,
    "benefits_assignment": frozenset("YNW"),  # OI03
    "release_of_information": frozenset("YI"),  # OI06
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
UPIN = re.compile(r"[A-Z][0-9]{5}|[A-Z]{3}[0-9]{3}", re.ASCII)
TAX_ID = re.compile(r"[0-9]{9}", re.ASCII)
TAX_ID_HYPHENS = re.compile(r"[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}", re.ASCII)
ZIP = re.compile(r"[0-9]{5}(?:[0-9]{4})?", re.ASCII)
ZIP9 = re.compile(r"[0-9]{9}", re.ASCII)
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
POST_BOX = re.compile(r"^(?:P\.? ?O\.? ?|POST OFFICE )BOX\b|\bLOCK ?BOX\b|\bPMB ?[0-9]", re.IGNORECASE)
PHONE = re.compile(r"[0-9]{10}", re.ASCII)
MODIFIER_PLACE = re.compile(r"[DEGHIJNPRSX]{2}", re.ASCII)  # from and to, of an ambulance
ICD10_PROCEDURE = re.compile(r"[0-9B-DF-HX][0-9A-HJ-NP-Z]{6}", re.ASCII)  # ICD-10-PCS has neither I nor O
ICD9_PROCEDURE = re.compile(r"[0-9]{3,4}", re.ASCII)
HIPPS = re.compile(r"[0-9A-Z]{5}", re.ASCII)
CDT = re.compile(r"D[0-9]{4}", re.ASCII)
REVENUE = re.compile(r"[0-3][0-9]{3}", re.ASCII)
NUBC_CODE = re.compile(r"[0-9A-Z]{2}", re.ASCII)  # condition, occurrence, span and value codes
DRG = re.compile(r"[0-9]{3,4}", re.ASCII)  # MS-DRG three; APR-DRG with its severity four
REASON = re.compile(r"[0-9]{1,3}|[A-Z][0-9]{1,2}", re.ASCII)  # CARC

# NUBC, form locator 4: the type of bill without its last digit, by what the manual says of it.
BILL_TYPES = frozenset(
    "11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28 31 32 33 34 41 42 43 44 45 46 47 48 "
    "65 66 71 72 73 74 75 76 77 78 79 81 82 83 84 85 86 87 89".split()
)
INPATIENT = frozenset("11 15 16 17 18 21 25 26 27 28 41 65 66 86".split())  # a stay
# X12 RFI 1479: 12X and 22X, and inpatient bills but 28X, 65X, 66X and 86X
ADMITTING = frozenset("11 12 18 21 22 41".split())
# X12 RFI 1520 and CMS's manual (ch. 25, 75.1): bills that tell the start of care as an admission
START_OF_CARE = frozenset("12 22 32 33 34 81 82".split())
OUTPATIENT = frozenset("13 14 23 71 72 73 74 75 76 77 83 85".split())
PROCEDURE_BILLS = frozenset("11 12 18 21 41".split())  # where ICD-10-PCS has a place (45 CFR 162.1002(c)(3))
# Revenue codes, NUBC form locator 42, by the first three digits.
ROOMS = frozenset(f"{number:03}" for number in range(10, 22))  # 010X to 021X: all-inclusive, room, nursery, ICU
# Where outpatient services have codes of their own (lists of revenue codes that need HCPCS: state hospital data
# manuals, CMS's manual ch. 4, 20): laboratory to CT, imaging, therapies, emergency, tests, ambulance, MRI ...
NEEDS_HCPCS = frozenset("030 031 032 033 034 035 040 042 043 044 045 047 048 054 061 073 074 075 079 092".split())
NEEDS_HCPCS_EXACTLY = frozenset(("0634", "0635", "0636"))  # EPO, drugs that need detailed coding

# Dental: the ADA's universal numbering, permanent, primary and supernumerary; surfaces; areas of the mouth.
TEETH = frozenset(
    [str(number) for number in (*range(1, 33), *range(51, 83))]
    + list("ABCDEFGHIJKLMNOPQRST")
    + [f"{letter}S" for letter in "ABCDEFGHIJKLMNOPQRST"]
)
SURFACES = frozenset("BDFILMO")
ORAL_CAVITIES = frozenset("00 01 02 03 04 05 06 07 08 09 10 20 30 40 L R".split())

"""Edits on public claims of all kinds: what they refuse, file by file, and why they are right to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from edigate.claims.edits import edit
from edigate.findings import Severity
from tests.claims.made_up import X222, X223, X224
from tests.claims.test_x222 import professional
from tests.x12.roundtrip import corpus_files, corpus_sets, needs_corpus

LATER = date(2026, 11, 22)  # after every service in the corpus

# Files made of element names instead of values, and files whose components are separated by another
# sign than ISA16 says: nothing in them is what it should be.
TEMPLATES = {"087", "088", "089", "090", "091", "092"}
GARBLED = {"069", "077", "078", "082"}

# What is refused in many files, because writers of examples make their data up.
MADE_UP = {
    "NPI": "numbers like 9876543210: a check digit nobody computed",
    "ZIP9": "five-digit ZIP codes of billing providers, X12's own examples among them",
}

REFUSED: dict[str, tuple[set[str], str]] = {
    "TAXONOMY": (
        {"010", "012", "017", "034", "035", "037", "047", "048", "061", "076", "079", "094", "099", "106", "113",
         "115"},
        "203BF0100Y, the form of codes before 2003, copied from X12's example",
    ),
    "ICD-VERSION": (
        {"011", "012", "013", "014", "015", "016", "017", "018", "060", "099", "106"},
        "ICD-10 put into examples of 2005, or ICD-9 qualifiers left in new ones",
    ),
    "ICD": ({"010", "100"}, "ICD-10 codes under ICD-9 qualifiers, and a code with a dot"),
    "REQUIRED": (
        {"011", "018", "021", "070", "106", "135"},
        "cut-down examples without birth date, payer, other payer or date of service",
    ),
    "BILLING-NPI": ({"134", "135"}, "cut-down examples without any number"),
    "POINTER": ({"023", "024", "030", "031", "060", "136"}, "a second diagnosis pointed at, one given"),
    "CHARGE-SUM": ({"011", "056", "134", "135"}, "sums that don't hold"),
    "COB-SUM": ({"012", "017", "028", "099"}, "all-fields examples, and one where 350 + 100 = 400"),
    "COB-LINE-SUM": ({"012", "017", "099"}, "all-fields examples"),
    "COB-ORDER": ({"012", "017", "099"}, "all-fields examples with two primary payers"),
    "COB-PAYER": ({"012", "017", "099"}, "all-fields examples"),
    "CLIA": ({"012", "017", "099"}, "words like Clia where numbers belong"),
    "STATE": ({"012", "017", "099"}, "ST for a state"),
    "CODE": ({"099"}, "a note of the converter's where Y or N belongs"),
    "PATIENT-TWICE": ({"023", "031", "134"}, "SBR02 18 with a patient level"),
    "PATIENT-MISSING": ({"018"}, "SBR02 left empty without a patient level"),
    "ZIP": ({"071", "108"}, "a four-digit ZIP code: X12's typing error"),
    "PO-BOX": ({"120"}, "a post box as the billing address, in X12's own example"),
}  # fmt: skip


INSTITUTIONAL: dict[str, tuple[set[str], str]] = {
    "ADMISSION-DATE": ({"029", "042"}, "inpatient bills without one"),
    "ADMITTING-DIAGNOSIS": ({"029", "042"}, "inpatient bills without one"),
    "ATTENDING": ({"042"}, "a cut-down example"),
    "BILLING-NPI": ({"042"}, "a cut-down example"),
    "BILL-TYPE": ({"011", "013", "014", "021", "022", "030"}, "composites with another separator than ISA16, and 111"),
    "CHARGE-SUM": ({"030", "042"}, "sums that don't hold"),
    "COB-PAYER": ({"003"}, "an all-fields example"),
    "COB-SUM": ({"003"}, "an all-fields example"),
    "CODE": ({"029", "034"}, "an insured as another's, and a patient status of one digit"),
    "COUNTRY": ({"003"}, "an all-fields example"),
    "DATE-ORDER": ({"003"}, "a patient born after the stay"),
    "ICD": ({"029", "030"}, "codes with a dot"),
    "NDC": ({"003"}, "an all-fields example"),
    "OUTSIDE-STATEMENT": ({"003"}, "an all-fields example"),
    "PATIENT-MISSING": ({"029"}, "SBR02 01 without a patient level"),
    "PATIENT-TWICE": ({"003"}, "SBR02 18 with a patient level"),
    "PROCEDURE-DATE": ({"003", "030"}, "procedures long before the stay, and one without its day"),
    "REQUIRED": (
        {"011", "012", "013", "014", "021", "022", "029", "030", "033", "042"},
        "examples without CL1, statement dates or HI, or read so by a wrong separator",
    ),
    "STATE": ({"029"}, "a state's name"),
    "TAXONOMY": ({"011", "012", "015", "023", "033", "034", "037"}, "203BA0200N, of before 2003"),
}
DENTAL: dict[str, tuple[set[str], str]] = {
    "CHARGE-SUM": ({"007", "013", "014"}, "sums that don't hold"),
    "COB-ORDER": ({"001"}, "an all-fields example with two primary payers"),
    "COB-PAYER": ({"001"}, "an all-fields example"),
    "COB-SUM": ({"001"}, "an all-fields example"),
    "CODE": ({"007"}, "elements one place too far left"),
    "DATE-ORDER": ({"001"}, "an all-fields example"),
    "ICD": ({"007"}, "a code with a dot"),
    "ORAL-CAVITY": ({"001", "007"}, "C1 and OC"),
    "PATIENT-TWICE": ({"013"}, "SBR02 18 with a patient level"),
    "BILLING-NPI": ({"013", "014"}, "cut-down examples without any number"),
    "REQUIRED": ({"007", "014"}, "cut-down examples without payer or birth date"),
    "STATE": ({"001"}, "ST for a state"),
}
OF_A_KIND = [
    ("837I", X223, "005010X223", INSTITUTIONAL, 20),
    ("837D", X224, "005010X224", DENTAL, 9),
]


@needs_corpus
@pytest.mark.parametrize(("kind", "binding", "guide", "expected", "least"), OF_A_KIND, ids=["837I", "837D"])
def test_public_hospital_and_dental_claims_are_refused_only_where_they_are_wrong(
    kind: str, binding: Any, guide: str, expected: dict[str, tuple[set[str], str]], least: int
) -> None:
    refused: dict[str, set[str]] = defaultdict(set)
    claims = 0
    for path in corpus_files(kind):
        for each, _ in corpus_sets(path):
            if each.id != "837" or not each.guide.startswith(guide):
                continue
            for claim in binding.decode_claims(each):
                claims += 1
                for finding in edit(claim, LATER):
                    if finding.severity is Severity.ERROR:
                        refused[finding.code].add(path.name[:3])
    assert claims > least
    assert {code: files for code, files in refused.items() if code not in MADE_UP} == {
        code: files for code, (files, _) in expected.items()
    }


@needs_corpus
def test_public_claims_are_refused_only_where_they_are_wrong() -> None:
    refused: dict[str, set[str]] = defaultdict(set)
    claims = warned = 0
    for path in corpus_files("837P"):
        number = path.name[:3]
        if number in TEMPLATES | GARBLED:
            continue
        for each, _ in professional(path):
            for claim in X222.decode_claims(each):
                claims += 1
                for finding in edit(claim, LATER):
                    if finding.severity is Severity.ERROR:
                        refused[finding.code].add(number)
                    else:
                        warned += 1
    assert claims > 600
    assert warned < claims / 10  # a warning on every claim is read by nobody
    assert {code: files for code, files in refused.items() if code not in MADE_UP} == {
        code: files for code, (files, _) in REFUSED.items()
    }
    assert set(MADE_UP) <= set(refused)

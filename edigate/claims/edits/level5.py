"""SNIP level 5, codes: each value in the form or the set its code list has. Sets themselves come by import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from edigate.claims.edits.finding import error, warning
from edigate.claims.model import Address, Claim, Patient, Provider, Subscriber
from edigate.findings import Finding

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
FREQUENCIES = frozenset(("1", "7", "8"))  # X222A1 2300 CLM05-3
RESPONSIBILITIES = frozenset("PSTABCDEFGHU")
SEXES = frozenset("FMU")

ICD10 = re.compile(r"[A-TV-Z][0-9][0-9AB][0-9A-Z]{0,4}", re.ASCII)
ICD9 = re.compile(r"[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}", re.ASCII)
HCPCS = re.compile(r"[0-9]{4}[0-9A-Z]|[A-V][0-9]{4}", re.ASCII)
MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
TAXONOMY = re.compile(r"[0-9A-Z]{9}X", re.ASCII)
ZIP = re.compile(r"[0-9]{5}(?:[0-9]{4})?", re.ASCII)
ZIP9 = re.compile(r"[0-9]{9}", re.ASCII)
NPI = re.compile(r"[0-9]{10}", re.ASCII)
TAX_ID = re.compile(r"[0-9]{9}", re.ASCII)
NDC = re.compile(r"[0-9]{11}", re.ASCII)
# The extended character set of X12.6, less what some translators refuse.
CHARACTERS = re.compile(r"[ -~]*")

ICD10_START = date(2015, 10, 1)  # 45 CFR 162.1002: ICD-10 from this date of service


def npi_check_digit(npi: str) -> bool:
    """Luhn over 80840 + NPI (CMS, NPI check digit calculation). Shape is not asked here."""
    total = 24  # what the prefix 80840 adds
    for index, digit in enumerate(reversed(npi)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def npis(claim: Claim, today: date) -> Iterator[Finding]:
    """Every NPI has ten digits and a right check digit."""
    for field, provider in _providers(claim):
        npi = provider.npi
        if not npi:
            continue
        if not NPI.fullmatch(npi):
            yield error("NPI", 5, f"{field}.npi", f"{npi} isn't an NPI: it needs ten digits")
        elif not npi_check_digit(npi):
            yield error("NPI", 5, f"{field}.npi", f"{npi} isn't an NPI: its check digit is wrong")


def providers(claim: Claim, today: date) -> Iterator[Finding]:
    """Taxonomy, tax id, and a name for everybody who is named at all."""
    for field, provider in _providers(claim):
        if provider.taxonomy and not TAXONOMY.fullmatch(provider.taxonomy):
            yield error("TAXONOMY", 5, f"{field}.taxonomy", f"{provider.taxonomy} isn't a taxonomy code (207Q00000X)")
        if provider.tax_id and not TAX_ID.fullmatch(provider.tax_id):
            yield error("TAX-ID", 5, f"{field}.tax_id", "the tax id needs nine digits")
        if not provider.last_name and not field.endswith(".purchased_service_provider"):  # 2420B has no name
            yield error("PROVIDER-NAME", 5, f"{field}.last_name", f"the {_words(field)} has no name")
        if provider.entity_type not in ("1", "2"):
            yield error("PROVIDER-TYPE", 5, f"{field}.entity_type", f"the {_words(field)} is neither 1 nor 2")


def addresses(claim: Claim, today: date) -> Iterator[Finding]:
    """States and ZIPs of United States addresses; the billing provider's is no post box and has nine digits."""
    for field, address in _addresses(claim):
        if address.country and address.country != "US":
            continue
        if address.state and address.state not in STATES:
            yield error("STATE", 5, f"{field}.state", f"{address.state} isn't a state")
        if address.postal_code and not ZIP.fullmatch(address.postal_code):
            yield error("ZIP", 5, f"{field}.postal_code", "a ZIP code has five or nine digits")
        elif address.city and not address.postal_code:
            yield error("ZIP", 5, f"{field}.postal_code", f"the address of the {_words(field)} has no ZIP code")
    billing = claim.billing_provider.address if claim.billing_provider else None
    if billing is not None and not billing.country:
        if ZIP.fullmatch(billing.postal_code) and not ZIP9.fullmatch(billing.postal_code):
            yield error(
                "ZIP9", 5, "billing_provider.address.postal_code",
                "the billing provider needs a ZIP of nine digits (X222A1 2010AA N403)",
            )  # fmt: skip
        if re.match(r"P\.? ?O\.? ?BOX\b", billing.line1, re.IGNORECASE):
            yield error(
                "PO-BOX", 5, "billing_provider.address.line1",
                "the billing provider's address must be a street; a post box goes to the pay-to address",
            )  # fmt: skip


def claim_codes(claim: Claim, today: date) -> Iterator[Finding]:
    """Place of service, frequency, responsibility, sex."""
    if claim.place_of_service and claim.place_of_service not in PLACES_OF_SERVICE:
        yield error("POS", 5, "place_of_service", f"{claim.place_of_service} isn't a place of service")
    if claim.frequency_code and claim.frequency_code not in FREQUENCIES:
        yield error("FREQUENCY", 5, "frequency_code", f"frequency {claim.frequency_code} isn't 1, 7 or 8")
    subscriber = claim.subscriber
    if subscriber is not None:
        if subscriber.responsibility not in RESPONSIBILITIES:
            yield error("RESPONSIBILITY", 5, "subscriber.responsibility", "the payer's place in line isn't a code")
        if subscriber.sex and subscriber.sex not in SEXES:
            yield error("SEX", 5, "subscriber.sex", "the sex isn't F, M or U")
    if claim.patient is not None and claim.patient.sex and claim.patient.sex not in SEXES:
        yield error("SEX", 5, "patient.sex", "the sex isn't F, M or U")


def diagnoses(claim: Claim, today: date) -> Iterator[Finding]:
    """Shape and version of diagnosis codes at the date of service, principal first, none twice."""
    first = min((line.service_date for line in claim.service_lines if line.service_date), default=None)
    seen: set[str] = set()
    for number, diagnosis in enumerate(claim.diagnoses):
        field = f"diagnoses[{number}].code"
        icd10 = diagnosis.qualifier in ("ABK", "ABF")
        if not (ICD10 if icd10 else ICD9).fullmatch(diagnosis.code):
            yield error(
                "ICD", 5, field, f"diagnosis {number + 1} isn't an ICD-{10 if icd10 else 9} code", value=diagnosis.code
            )  # fmt: skip
        elif first and icd10 != (first >= ICD10_START):
            yield error(
                "ICD-VERSION", 5, field,
                f"diagnosis {number + 1} is ICD-{10 if icd10 else 9}, but the service was "
                f"{'before' if icd10 else 'on or after'} 2015-10-01",
            )  # fmt: skip
        if diagnosis.qualifier != (("ABK" if number == 0 else "ABF") if icd10 else ("BK" if number == 0 else "BF")):
            yield error("ICD-QUALIFIER", 5, field, f"diagnosis {number + 1} has qualifier {diagnosis.qualifier}")
        if diagnosis.code in seen:
            yield warning("ICD-TWICE", 5, field, f"diagnosis {number + 1} repeats another", value=diagnosis.code)
        seen.add(diagnosis.code)


def procedures(claim: Claim, today: date) -> Iterator[Finding]:
    """Shape of procedure codes, modifiers, places and drug codes of the lines."""
    for number, line in enumerate(claim.service_lines):
        at = f"service_lines[{number}]"
        if line.procedure and line.procedure_qualifier == "HC" and not HCPCS.fullmatch(line.procedure):
            yield error(
                "HCPCS",
                5,
                f"{at}.procedure",
                f"line {number + 1}: {line.procedure} isn't a CPT or HCPCS code",
            )
        for modifier in line.modifiers:
            if not MODIFIER.fullmatch(modifier):
                yield error("MODIFIER", 5, f"{at}.modifiers", f"line {number + 1}: {modifier} isn't a modifier")
        if line.place_of_service and line.place_of_service not in PLACES_OF_SERVICE:
            yield error(
                "POS",
                5,
                f"{at}.place_of_service",
                f"line {number + 1}: {line.place_of_service} isn't a place",
            )
        if line.national_drug_code and not NDC.fullmatch(line.national_drug_code):
            yield error("NDC", 5, f"{at}.national_drug_code", f"line {number + 1}: an NDC has eleven digits")


def lengths(claim: Claim, today: date) -> Iterator[Finding]:
    """Values as long as the guide has room for; the patient control number as long as payers give back."""
    number = claim.patient_control_number
    if len(number) > 38:
        yield error("LENGTH", 5, "patient_control_number", "a patient control number has at most 38 characters")
    elif len(number) > 20:
        yield warning(
            "PCN-LENGTH", 5, "patient_control_number",
            "many payers give back only 20 characters of the patient control number (X222A1 2300 CLM01)",
        )  # fmt: skip
    for field, value, most in _texts(claim):
        if len(value) > most:
            yield error("LENGTH", 5, field, f"{_words(field)} has {len(value)} characters; there is room for {most}")


def characters(claim: Claim, today: date) -> Iterator[Finding]:
    """Only characters of the extended set: payers' translators refuse the rest."""
    for field, value, _ in _texts(claim):
        if not CHARACTERS.fullmatch(value):
            yield error(
                "CHARACTER",
                5,
                field,
                f"{_words(field)} holds a character that X12 doesn't carry",
                value=value,
            )


# Roles at claim level and at line level, by field name.
CLAIM_PROVIDERS = (
    "billing_provider", "referring_provider", "primary_care_provider", "rendering_provider",
    "service_facility", "supervising_provider",
)  # fmt: skip
LINE_PROVIDERS = (
    "rendering_provider", "purchased_service_provider", "service_facility", "supervising_provider",
    "ordering_provider", "referring_provider",
)  # fmt: skip


def _providers(claim: Claim) -> Iterator[tuple[str, Provider]]:
    for field in CLAIM_PROVIDERS:
        if (provider := getattr(claim, field)) is not None:
            yield field, provider
    for number, line in enumerate(claim.service_lines):
        for field in LINE_PROVIDERS:
            if (provider := getattr(line, field)) is not None:
                yield f"service_lines[{number}].{field}", provider


def _addresses(claim: Claim) -> Iterator[tuple[str, Address]]:
    for field, provider in _providers(claim):
        if provider.address is not None:
            yield f"{field}.address", provider.address
    for field in ("subscriber", "patient", "payer"):
        party = getattr(claim, field)
        if party is not None and party.address is not None:
            yield f"{field}.address", party.address
    if claim.pay_to_address is not None:
        yield "pay_to_address", claim.pay_to_address


def _texts(claim: Claim) -> Iterator[tuple[str, str, int]]:
    """Free text with the most characters its element holds (X12.3 data elements 1035, 1036, 67, 166, 19, 352)."""
    parties: list[tuple[str, Provider | Subscriber | Patient]] = [*_providers(claim)]
    if claim.subscriber is not None:
        parties.append(("subscriber", claim.subscriber))
    if claim.patient is not None:
        parties.append(("patient", claim.patient))
    for field, party in parties:
        yield f"{field}.last_name", party.last_name, 60
        yield f"{field}.first_name", party.first_name, 35
        yield f"{field}.middle_name", party.middle_name, 25
    if claim.subscriber is not None:
        yield "subscriber.member_id", claim.subscriber.member_id, 80
        yield "subscriber.group_number", claim.subscriber.group_number, 50
    if claim.payer is not None:
        yield "payer.name", claim.payer.name, 60
        yield "payer.payer_id", claim.payer.payer_id, 80
    for field, address in _addresses(claim):
        yield f"{field}.line1", address.line1, 55
        yield f"{field}.line2", address.line2, 55
        yield f"{field}.city", address.city, 30
    yield "patient_control_number", claim.patient_control_number, 38
    yield "prior_authorization", claim.prior_authorization, 50
    yield "referral_number", claim.referral_number, 50
    yield "medical_record_number", claim.medical_record_number, 50
    for number, note in enumerate(claim.notes):
        yield f"notes[{number}].text", note.text, 80
    for number, line in enumerate(claim.service_lines):
        yield f"service_lines[{number}].description", line.description, 80


def _words(field: str) -> str:
    return field.rsplit(".", 1)[-1].replace("_", " ") if "." in field else field.replace("_", " ")


EDITS = (npis, providers, addresses, claim_codes, diagnoses, procedures, lengths, characters)

"""SNIP level 5, codes: each value in the form or the set its code list has. Sets themselves come by import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from edigate.claims.edits import codes as c
from edigate.claims.edits.finding import error, warning
from edigate.claims.edits.places import (
    Texts,
    addresses_of,
    contacts_of,
    people_of,
    providers_of,
    texts_of,
    words,
)
from edigate.claims.model import Claim
from edigate.findings import Finding


@lru_cache(maxsize=4096)  # the same few providers stand on every claim
def npi_check_digit(npi: str) -> bool:
    """Luhn over 80840 + NPI (CMS, NPI check digit calculation). Shape is not asked here."""
    total = 24  # what the prefix 80840 adds
    for index, digit in enumerate(reversed(npi)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def npis(claim: Claim, today: date) -> Iterator[Finding]:
    """Every NPI has ten digits and a right check digit.

    Real ones begin with 1 or 2, but CMS's own test data has others: that isn't asked.
    """
    for field, provider in providers_of(claim):
        npi = provider.npi
        if not npi:
            continue
        if not c.NPI.fullmatch(npi):
            yield error("NPI", 5, f"{field}.npi", f"{npi} isn't an NPI: it needs ten digits")
        elif not npi_check_digit(npi):
            yield error("NPI", 5, f"{field}.npi", f"{npi} isn't an NPI: its check digit is wrong")


def providers(claim: Claim, today: date) -> Iterator[Finding]:
    """Taxonomy, tax id, and a name for everybody who is named at all."""
    for field, provider in providers_of(claim):
        if provider.taxonomy and not c.TAXONOMY.fullmatch(provider.taxonomy):
            yield error("TAXONOMY", 5, f"{field}.taxonomy", f"{provider.taxonomy} isn't a taxonomy code (207Q00000X)")
        if provider.tax_id and not c.TAX_ID.fullmatch(provider.tax_id):
            if c.TAX_ID_HYPHENS.fullmatch(provider.tax_id):
                yield warning(
                    "TAX-ID-HYPHEN", 5, f"{field}.tax_id", "many payers refuse a tax id with hyphens; give nine digits"
                )
            else:
                yield error("TAX-ID", 5, f"{field}.tax_id", "the tax id needs nine digits")
        if not provider.last_name and not field.endswith(".purchased_service_provider"):  # 2420B has no name
            yield error("PROVIDER-NAME", 5, f"{field}.last_name", f"the {words(field)} has no name")
        if provider.entity_type not in ("1", "2"):
            yield error("PROVIDER-TYPE", 5, f"{field}.entity_type", f"the {words(field)} is neither 1 nor 2")


def first_names(claim: Claim, today: date) -> Iterator[Finding]:
    """A person has a first name, unless they really have only one (X222A1 NM104)."""
    for field, party in people_of(claim):
        is_person = getattr(party, "entity_type", "1") == "1"
        if is_person and party.last_name and not party.first_name:
            yield warning("FIRST-NAME", 5, f"{field}.first_name", f"the {words(field)} has no first name")


def contacts(claim: Claim, today: date) -> Iterator[Finding]:
    """A contact has a number, at most three, and telephone numbers have ten digits (X222A1 PER)."""
    for field, contact in contacts_of(claim):
        numbers = [contact.phone, contact.extension, contact.fax, contact.email]
        if len([each for each in numbers if each]) > 3:
            yield error("CONTACT", 5, f"{field}.email", "a contact has room for three numbers; leave one out")
        elif not any(numbers):
            yield error("CONTACT", 5, f"{field}.phone", "the contact has neither telephone, fax nor email")
        for name in ("phone", "fax"):
            if (value := getattr(contact, name)) and not c.PHONE.fullmatch(value):
                yield warning("PHONE", 5, f"{field}.{name}", "a telephone number has ten digits and nothing else")


def addresses(claim: Claim, today: date) -> Iterator[Finding]:
    """States and ZIPs of United States addresses; the billing provider's is no post box and has nine digits."""
    for field, address in addresses_of(claim):
        if address.country and not c.COUNTRY.fullmatch(address.country):
            yield error("COUNTRY", 5, f"{field}.country", "a country is two letters (ISO 3166), and none for the US")
        if address.country and address.country != "US":
            continue
        if address.state and address.state not in c.STATES:
            yield error("STATE", 5, f"{field}.state", "the state isn't one of the USPS's", value=address.state)
        elif address.city and not address.state:
            yield error("STATE", 5, f"{field}.state", "the address has no state")
        if address.postal_code and not c.ZIP.fullmatch(address.postal_code):
            yield error("ZIP", 5, f"{field}.postal_code", "a ZIP code has five or nine digits")
        elif address.city and not address.postal_code:
            yield error("ZIP", 5, f"{field}.postal_code", "the address has no ZIP code")
    billing = claim.billing_provider.address if claim.billing_provider else None
    if billing is not None and billing.country in ("", "US"):
        if c.ZIP.fullmatch(billing.postal_code) and not c.ZIP9.fullmatch(billing.postal_code):
            yield error(
                "ZIP9", 5, "billing_provider.address.postal_code",
                "the billing provider needs a ZIP of nine digits (X222A1 2010AA N403)",
            )  # fmt: skip
        if c.POST_BOX.match(billing.line1):
            yield error(
                "PO-BOX", 5, "billing_provider.address.line1",
                "the billing provider's address must be a street; a post box goes to the pay-to address",
            )  # fmt: skip


def claim_codes(claim: Claim, today: date) -> Iterator[Finding]:
    """Codes of the claim and its lines that have a set of a few."""
    for field, value, codes in _coded(claim):
        if value and value not in codes:
            allowed = ", ".join(sorted(codes)) if len(codes) < 10 else "a code of its list"
            yield error("CODE", 5, field, f"the {words(field)} must be {allowed}", value=value)
    if claim.place_of_service and claim.place_of_service not in c.PLACES_OF_SERVICE:
        yield error("POS", 5, "place_of_service", f"{claim.place_of_service} isn't a place of service")
    for number, line in enumerate(claim.service_lines):
        if line.place_of_service and line.place_of_service not in c.PLACES_OF_SERVICE:
            at = f"service_lines[{number}].place_of_service"
            yield error("POS", 5, at, f"line {number + 1}: {line.place_of_service} isn't a place of service")


def _coded(claim: Claim) -> Iterator[tuple[str, str, frozenset[str]]]:
    for name, codes in c.CLAIM_CODES.items():
        yield name, getattr(claim, name), codes
    for number, cause in enumerate(claim.related_causes):
        yield f"related_causes[{number}]", cause, c.RELATED_CAUSES
    for number, line in enumerate(claim.service_lines):
        for name, codes in c.LINE_CODES.items():
            yield f"service_lines[{number}].{name}", getattr(line, name), codes
    if claim.subscriber is not None:
        for name, codes in c.SUBSCRIBER_CODES.items():
            yield f"subscriber.{name}", getattr(claim.subscriber, name), codes
    if claim.patient is not None:
        for name, codes in c.PATIENT_CODES.items():
            yield f"patient.{name}", getattr(claim.patient, name), codes
    for number, other in enumerate(claim.other_subscribers):
        yield f"other_subscribers[{number}].responsibility", other.responsibility, c.RESPONSIBILITIES
        for nth, group in enumerate(other.adjustment_groups):
            yield f"other_subscribers[{number}].adjustment_groups[{nth}].group", group.group, c.ADJUSTMENT_GROUPS
    for number, line in enumerate(claim.service_lines):
        for nth, adjudication in enumerate(line.adjudications):
            for last, group in enumerate(adjudication.adjustment_groups):
                at = f"service_lines[{number}].adjudications[{nth}].adjustment_groups[{last}].group"
                yield at, group.group, c.ADJUSTMENT_GROUPS


def diagnoses(claim: Claim, today: date) -> Iterator[Finding]:
    """Shape and version of diagnosis codes at the date of service, principal first, none twice."""
    first = min((line.service_date for line in claim.service_lines if line.service_date), default=None)
    seen: set[str] = set()
    for number, diagnosis in enumerate(claim.diagnoses):
        field = f"diagnoses[{number}].code"
        icd10 = diagnosis.qualifier in ("ABK", "ABF")
        if not (c.ICD10 if icd10 else c.ICD9).fullmatch(diagnosis.code):
            yield error(
                "ICD", 5, field, f"diagnosis {number + 1} isn't an ICD-{10 if icd10 else 9} code", value=diagnosis.code
            )  # fmt: skip
        elif first and icd10 != (first >= c.ICD10_START):
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
    """Shape of procedure codes, modifiers and drug codes of the lines."""
    for number, line in enumerate(claim.service_lines):
        at, of_line = f"service_lines[{number}]", f"line {number + 1}"
        if line.procedure and line.procedure_qualifier == "HC" and not c.HCPCS.fullmatch(line.procedure):
            yield error("HCPCS", 5, f"{at}.procedure", f"{of_line}: {line.procedure} isn't a CPT or HCPCS code")
        for modifier in line.modifiers:
            if not c.MODIFIER.fullmatch(modifier):
                yield error("MODIFIER", 5, f"{at}.modifiers", f"{of_line}: {modifier} isn't a modifier")
        is_ndc = line.national_drug_code != "" and line.drug_qualifier in ("", "N4")
        if is_ndc and not c.NDC.fullmatch(line.national_drug_code):
            yield error("NDC", 5, f"{at}.national_drug_code", f"{of_line}: an NDC has eleven digits")


def laboratories(claim: Claim, today: date) -> Iterator[Finding]:
    """CLIA numbers: ten characters, the third a D (CMS, CLIA)."""
    numbers = [("clia_number", claim.clia_number)]
    for number, line in enumerate(claim.service_lines):
        numbers += [(f"service_lines[{number}].{name}", getattr(line, name)) for name in c.CLIA_FIELDS]
    for field, value in numbers:
        if value and not c.CLIA.fullmatch(value):
            yield error("CLIA", 5, field, f"{value} isn't a CLIA number (36D0123456)")


def control_number(claim: Claim, today: date) -> Iterator[Finding]:
    """The patient control number is as long as payers give back."""
    if 20 < len(claim.patient_control_number) <= 38:
        yield warning(
            "PCN-LENGTH", 5, "patient_control_number",
            "many payers give back only 20 characters of the patient control number (X222A1 2300 CLM01)",
        )  # fmt: skip


def texts(claim: Claim, today: date) -> Iterator[Finding]:
    """Values as long as their elements have room for, and only printable ASCII: translators refuse the rest."""
    if _TEXTS.in_order(claim):
        return  # nearly always; the rest walks the claim for the fields at fault
    for field, value in texts_of(claim):
        most = c.LIMITS.get(_INDEX.sub("", field).rsplit(".", 1)[-1])
        if most is not None and len(value) > most:
            yield error("LENGTH", 5, field, f"the {words(field)} has {len(value)} characters; there is room for {most}")
        if not (value.isascii() and value.isprintable()):
            yield error(
                "CHARACTER", 5, field, f"the {words(field)} holds a character that X12 doesn't carry", value=value
            )
        elif value != value.strip():
            yield warning("BLANK", 5, field, f"the {words(field)} begins or ends with a blank", value=value)


_TEXTS = Texts(c.LIMITS)
_INDEX = re.compile(r"\[\d+\]")


EDITS = (
    npis,
    providers,
    first_names,
    contacts,
    addresses,
    claim_codes,
    diagnoses,
    procedures,
    laboratories,
    control_number,
    texts,
)

"""Which field of a claim a status of a 277CA speaks of: claim status codes and entities, as tables.

Knows X12's external code lists 508 (status) and the entities of STC01-3; knows no claim's values. Most codes
speak of no field ("accepted for processing"); only those that do stand here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from edigate.claims.model import Claim


class Status(NamedTuple):
    """One STC composite: category, status, entity (`A7:562:85`)."""

    category: str
    status: str
    entity: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in self if part)


_COMPOSITE = re.compile(r"(?<![\w:])([A-Z][0-9]{1,2}):([0-9]{1,3})(?::([0-9A-Z]{2,3}))?(?![\w:])")
_COMPLAINTS = frozenset({"A3", "A4", "A6", "A7", "A8"})  # returned, not found, rejected
"""Categories of STC01-1 that say that something is wrong; others tell only how far a claim has come."""

_ENTITIES = {
    "1P": "billing_provider", "85": "billing_provider", "87": "pay_to_address", "82": "rendering_provider",
    "DN": "referring_provider", "DQ": "supervising_provider", "77": "service_facility", "FA": "service_facility",
    "IL": "subscriber", "QC": "patient", "PR": "payer", "71": "attending_provider", "72": "operating_physician",
    "DK": "ordering_provider", "P3": "primary_care_provider", "GB": "other_subscribers[0]",
    "TT": "other_subscribers[0]",
}  # fmt: skip

# Statuses that speak of somebody: fields below the party that the entity names.
_OF_ENTITY: dict[str, tuple[str, ...]] = {
    "26": ("member_id", "npi", "payer_id", "last_name", "name"),
    "33": ("member_id", "last_name", "first_name", "birth_date"),
    "88": ("member_id",),
    "97": ("member_id",),
    "125": ("last_name", "first_name", "name"),
    "126": ("address",),
    "128": ("tax_id",),
    "145": ("taxonomy",),
    "153": ("npi", "member_id", "payer_id"),
    "156": ("relationship",),
    "157": ("sex",),
    "158": ("birth_date",),
    "164": ("member_id", "group_number"),
    "500": ("address.postal_code", "postal_code"),
    "501": ("address.state", "state"),
    "502": ("address.city", "city"),
    "503": ("address.line1", "address.line2", "line1"),
    "504": ("last_name",),
    "505": ("first_name",),
    "562": ("npi",),
}

# Statuses that speak of the claim or of its lines; `service_lines[]`: nobody says which, so all.
_OF_CLAIM: dict[str, tuple[str, ...]] = {
    "54": ("patient_control_number",),
    "116": ("payer.payer_id", "payer.name"),
    "178": ("total_charge", "service_lines[].charge"),
    "187": ("service_lines[].service_date", "statement_from", "statement_to", "service_date"),
    "189": ("admission_date",),
    "190": ("discharge_date",),
    "218": ("service_lines[].national_drug_code",),
    "228": ("facility_type", "frequency_code"),
    "229": ("admission_source",),
    "230": ("admission_hour",),
    "231": ("admission_type",),
    "232": ("admitting_diagnosis.code",),
    "233": ("discharge_hour",),
    "234": ("patient_status",),
    "249": ("place_of_service", "service_lines[].place_of_service"),
    "252": ("prior_authorization", "service_lines[].prior_authorizations"),
    "254": ("diagnoses[0].code",),
    "255": ("diagnoses",),
    "256": ("drg",),
    "306": ("service_lines[].description",),
    "400": ("total_charge", "service_lines[].charge"),
    "401": ("subscriber.filing_indicator",),
    "453": ("service_lines[].modifiers",),
    "454": ("service_lines[].procedure",),
    "455": ("service_lines[].revenue_code",),
    "464": ("payer_claim_control_number",),
    "465": ("procedures[0].code",),
    "476": ("service_lines[].units",),
    "477": ("service_lines[].diagnosis_pointers",),
    "478": ("patient_control_number",),
    "488": ("service_lines[].diagnosis_pointers", "diagnoses"),
    "507": ("service_lines[].procedure",),
    "516": ("other_subscribers[0].payer_paid_date",),
}


def complaints(text: str) -> Iterator[Status]:
    """The statuses in what the ledger keeps of an answer that say that something is wrong, each once."""
    told = dict.fromkeys(Status(*(part or "" for part in found.groups())) for found in _COMPOSITE.finditer(text))
    yield from (status for status in told if status.category in _COMPLAINTS)


def fields_of_status(status: Status, claim: Claim) -> list[str]:
    """The fields of a claim that a status speaks of, those first that the claim has; empty where it names none."""
    party = _ENTITIES.get(status.entity, "")
    if status.entity == "QC" and claim.patient is None:
        party = "subscriber"  # the patient is the insured
    wanted = _OF_ENTITY.get(status.status, ())
    if party == "patient" and "member_id" in wanted and claim.patient is not None and not claim.patient.member_id:
        party = "subscriber"  # a dependent goes by the number of the insured
    if wanted and party:
        record: object = claim
        for name in party.removesuffix("[0]").split("."):
            record = getattr(record, name, None)
        record = record[0] if isinstance(record, list) and record else record
        there = [name for name in wanted if _has(record, name.partition(".")[0])]
        return [f"{party}.{name}" for name in (there or wanted[:1])]
    fields: list[str] = []
    for field in _OF_CLAIM.get(status.status, ()):
        below = field.removeprefix("service_lines[].")
        if below == field:
            name, _, rest = field.partition(".")
            holder = getattr(claim, name, None) if rest else claim
            wanted_name = (rest or field).partition("[")[0].partition(".")[0]
            fields += [field] if _has(holder, wanted_name) or "[" in name else []
            continue
        fields += [
            f"service_lines[{number}].{below}"
            for number, line in enumerate(claim.service_lines)
            if getattr(line, below, None) not in (None, "", (), [])
        ]
    return fields or [field.replace("[]", "[0]") for field in _OF_CLAIM.get(status.status, ())[:1]]


def _has(record: object, name: str) -> bool:
    return getattr(record, name, None) not in (None, "", (), [])

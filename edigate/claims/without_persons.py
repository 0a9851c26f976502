"""A claim without the people in it: codes, amounts, days and our own numbers. Knows no age and no ledger.

What stays is named here, all else goes: a field that is added to the claim later goes, too, until somebody decides.
Days of service and the claim's number stay, so that this isn't de-identified in the sense of 45 CFR 164.514.
"""

from __future__ import annotations

from edigate.claims.model import Claim, Payer, Provider, ServiceLine, Subscriber

_CLAIM = (
    "kind", "patient_control_number", "total_charge", "place_of_service", "facility_type", "frequency_code",
    "assignment_code", "special_program", "delay_reason", "admission_type", "admission_source", "patient_status",
    "statement_from", "statement_to", "admission_date", "discharge_date", "service_date", "service_date_end",
    "diagnoses", "admitting_diagnosis", "visit_reasons", "external_causes", "drg", "procedures", "occurrence_spans",
    "occurrences", "value_codes", "anesthesia_procedures", "condition_codes", "treatment_codes",
    "patient_amount_paid", "patient_amount_due", "payer_claim_control_number",
)  # fmt: skip
_LINE = (
    "line_number", "revenue_code", "procedure_qualifier", "procedure", "modifiers", "charge", "unit", "units", "rate",
    "non_covered_charge", "place_of_service", "diagnosis_pointers", "oral_cavities", "prosthesis", "teeth", "emergency",
    "service_date", "service_date_end", "anesthesia_units", "line_item_control_number", "service_tax", "facility_tax",
    "sales_tax", "postage", "drug_qualifier", "national_drug_code", "drug_quantity", "drug_unit", "adjudications",
)  # fmt: skip
_SUBSCRIBER = ("responsibility", "relationship", "insurance_type", "filing_indicator")
_PROVIDER = ("entity_type", "npi", "taxonomy")
_PAYER = ("name", "payer_id", "id_qualifier")


def without_persons(claim: Claim) -> Claim:
    """The claim as codes and money. Of providers their NPI and taxonomy stay, of payers name and id."""
    billing, payer, subscriber = claim.billing_provider, claim.payer, claim.subscriber
    return Claim(
        billing_provider=Provider(**{name: getattr(billing, name) for name in _PROVIDER}) if billing else None,
        payer=Payer(**{name: getattr(payer, name) for name in _PAYER}) if payer else None,
        subscriber=Subscriber(**{name: getattr(subscriber, name) for name in _SUBSCRIBER}) if subscriber else None,
        service_lines=[
            ServiceLine(**{name: getattr(line, name) for name in _LINE}) for line in claim.service_lines
        ],
        **{name: getattr(claim, name) for name in _CLAIM},
    )

"""What stands above the claims of every 837: header, billing provider, subscriber, payer, patient (1000A-2010CA).

The three guides differ above 2300 only in what they leave out, so that one table serves them all.
"""

from __future__ import annotations

from edigate.claims.levels import BillingLevel, ClaimSet, PatientLevel, SubscriberLevel
from edigate.claims.model import Payer
from edigate.claims.parts import (
    CIRCUMSTANCES,
    DEMOGRAPHICS,
    address,
    contacts,
    identifiers,
    named,
    person,
    reference,
)
from edigate.x12.binding import Loop, const, el, hl, key, loop, qualified, segment, when
from edigate.x12.codecs import day, hour

_MEMBER = qualified(8, ("MI", "II"), 9, "member_id", qualifier_field="id_qualifier")


def submission(claim: Loop) -> Loop:
    """A transaction set around a guide's `claim` (2300)."""
    return loop(
        "ST",
        ClaimSet,
        segment(
            "BHT", el(1, "structure_code"), el(2, "purpose"), el(3, "reference"), el(4, "created_on", day),
            el(5, "created_at", hour), el(6, "transaction_type"),
        ),
        loop(
            "1000A",
            None,
            segment("NM1", when(1, "41"), el(2, "submitter_entity_type"), el(3, "submitter_name"),
                    el(4, "submitter_first_name"), qualified(8, "46", 9, "submitter_id")),
            contacts("submitter_contacts"),
        ),
        loop(
            "1000B",
            None,
            segment("NM1", when(1, "40"), const(2, "2"), el(3, "receiver_name"),
                    qualified(8, "46", 9, "receiver_id")),
        ),
        _billing(claim),
    )  # fmt: skip


def _billing(claim: Loop) -> Loop:
    return loop(
        "2000A",
        BillingLevel,
        hl("20"),
        segment("PRV", when(1, "BI"), const(2, "PXC"), el(3, "taxonomy"), into="provider"),
        segment("CUR", const(1, "85"), el(2, "currency"), into="provider"),
        loop(
            "2010AA",
            None,
            named("85"),
            *address("address"),
            segment("REF", key(1, "tax_id_type", "EI", "SY"), el(2, "tax_id")),
            identifiers("secondary_ids", "0B", "1G"),
            contacts(),
            into="provider",
        ),
        loop("2010AB", None, segment("NM1", when(1, "87"), const(2, "2")), *address(""), into="pay_to_address"),
        loop(
            "2010AC",
            None,
            segment("NM1", when(1, "PE"), const(2, "2"), el(3, "name"),
                    qualified(8, ("PI", "XV"), 9, "payer_id", qualifier_field="id_qualifier")),
            *address("address"),
            identifiers("secondary_ids", "2U", "FY", "NF"),
            reference("EI", "tax_id"),
            into="pay_to_plan",
        ),
        _subscriber(claim),
        field="billing_levels",
        many=True,
    )  # fmt: skip


def _subscriber(claim: Loop) -> Loop:
    return loop(
        "2000B",
        SubscriberLevel,
        hl("22"),
        segment(
            "SBR", el(1, "responsibility"), el(2, "relationship"), el(3, "group_number"),
            el(4, "group_name"), el(5, "insurance_type"), el(9, "filing_indicator"), into="subscriber",
        ),
        segment("PAT", *CIRCUMSTANCES, into="subscriber"),
        loop(
            "2010BA",
            None,
            person("IL", _MEMBER, entity_type=el(2, "entity_type")),
            *address("address"),
            segment("DMG", *DEMOGRAPHICS),
            reference("SY", "social_security_number"),
            reference("Y4", "property_casualty_claim_number"),
            contacts(),
            into="subscriber",
        ),
        loop(
            "2010BB",
            Payer,
            segment("NM1", when(1, "PR"), const(2, "2"), el(3, "name"),
                    qualified(8, ("PI", "XV"), 9, "payer_id", qualifier_field="id_qualifier")),
            *address("address"),
            identifiers("secondary_ids", "2U", "EI", "FY", "NF"),
            identifiers("billing_provider_ids", "G2", "LU"),
            field="payer",
        ),
        claim,
        _patient(claim),
        field="subscribers",
        many=True,
    )  # fmt: skip


def _patient(claim: Loop) -> Loop:
    return loop(
        "2000C",
        PatientLevel,
        hl("23"),
        segment("PAT", el(1, "relationship"), *CIRCUMSTANCES, into="patient"),
        loop(
            "2010CA",
            None,
            person("QC"),
            *address("address"),
            segment("DMG", *DEMOGRAPHICS),
            reference("Y4", "property_casualty_claim_number"),
            reference("1W", "member_id"),
            reference("SY", "social_security_number"),
            contacts(),
            into="patient",
        ),
        claim,
        field="patients",
        many=True,
    )

"""SNIP level 7, payers: what most payers, or Medicare and Medicaid by their published rules, ask beyond the guide.

What one partner alone asks is its settings' (`[edits]`), not this file's.
"""

from __future__ import annotations

import re
from datetime import date

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim
from edigate.claims.model import Claim

LEVEL = Level(7)

PCN_LENGTH = LEVEL.warning(
    "PCN-LENGTH", "PID", "2300 CLM01; payers' companion guides",
    "The patient control number is longer than the 20 characters that many payers give back.",
    "Shorten it, so that the answers still find the claim.",
)  # fmt: skip
ZERO_CHARGE = LEVEL.warning(
    "ZERO-CHARGE", "PID", "2300 CLM02; Stedi's claim edits",
    "A claim that charges nothing.",
    "Right for encounters of a capitated contract; payers of charges refuse it.",
)  # fmt: skip
MEMBER_ID_MEDICARE = LEVEL.warning(
    "MEMBER-ID-MEDICARE", "PI", "CMS, Medicare Beneficiary Identifier format",
    "The member id of a Medicare claim doesn't have the form of a Medicare number (MBI).",
    "Eleven characters without hyphens, as on the red, white and blue card.",
)  # fmt: skip
BILLING_TAXONOMY = LEVEL.warning(
    "BILLING-TAXONOMY", "PID", "2000A PRV03; state Medicaid companion guides",
    "A Medicaid claim without the billing provider's taxonomy.",
    "Most states find the contract by NPI, taxonomy and ZIP: map `billing_provider.taxonomy`.",
)  # fmt: skip

# CMS's letters leave out S, L, O, I, B, Z; its synthetic data put an S in the second place.
_LETTER = "[AC-HJKMNP-RT-Y]"
_EITHER = "[0-9AC-HJKMNP-RT-Y]"
_MBI = re.compile(f"[1-9][AC-HJKMNP-Y]{_EITHER}[0-9]{_LETTER}{_EITHER}[0-9]{_LETTER}{{2}}[0-9]{{2}}", re.ASCII)


_MBI_ONLY = date(2020, 1, 1)  # until then the older number (HICN) was taken, too


def short_numbers(many: Many) -> bool:
    return max(map(len, many.claim["patient_control_number"])) <= 20


def control_number(claim: Claim, found: Found) -> None:
    if 20 < len(claim.patient_control_number) <= 38:
        found.add(
            PCN_LENGTH, "patient_control_number",
            "many payers give back only 20 characters of the patient control number",
        )  # fmt: skip


def all_charge(many: Many) -> bool:
    return all(many.claim["total_charge"])


def zero_charge(claim: Claim, found: Found) -> None:
    if claim.total_charge is not None and not claim.total_charge:
        found.add(ZERO_CHARGE, "total_charge", "the claim charges nothing")


def private_payers(many: Many) -> bool:
    return c.MEDICARE.isdisjoint(many.paid_by) and "MC" not in many.paid_by


def public_payers(claim: Claim, found: Found) -> None:
    subscriber = claim.subscriber
    if subscriber is None:
        return
    payer = subscriber.filing_indicator
    if payer in c.MEDICARE and claim.kind != "dental":
        day = claim.statement_from or max((e.service_date for e in claim.service_lines if e.service_date), default=None)
        numbered = day is not None and day >= _MBI_ONLY
        if numbered and subscriber.member_id and not _MBI.fullmatch(subscriber.member_id):
            found.add(
                MEMBER_ID_MEDICARE, "subscriber.member_id",
                "the member id isn't a Medicare number: eleven characters, letters and digits in fixed places",
            )  # fmt: skip
    elif payer == "MC" and claim.billing_provider is not None and not claim.billing_provider.taxonomy:
        found.add(BILLING_TAXONOMY, "billing_provider.taxonomy", "Medicaid asks for the billing provider's taxonomy")


CHECKS: ClaimChecks = (
    OfClaim("PID", control_number, spotless=short_numbers),
    OfClaim("PID", zero_charge, spotless=all_charge),
    OfClaim("PID", public_payers, spotless=private_payers),
)
LINE_CHECKS: LineChecks = ()

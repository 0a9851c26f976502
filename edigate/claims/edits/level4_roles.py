"""SNIP level 4, roles: who does what on a claim, and what can't be the same person or place twice."""

from __future__ import annotations

from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Claim, Provider, ServiceLine

LEVEL = Level(4)

SUPERVISING_SAME = LEVEL.warning(
    "SUPERVISING-SAME", "PD", "X222A1 2310D, X224A2 2310E; Stedi's claim edits",
    "The supervising provider is the rendering one.",
    "Leave the supervising provider out: nobody supervises themselves.",
)  # fmt: skip
FACILITY_SAME = LEVEL.warning(
    "FACILITY-SAME", "PI", "2310C, X223A2 2310E NM109; Regence's claims edits",
    "The service facility has the billing provider's NPI.",
    "Leave the facility out, or its NPI, where services are given at the billing provider's own place.",
)  # fmt: skip
REFERRING_LEVEL = LEVEL.warning(
    "REFERRING-LEVEL", "PI", "2310A, 2420F, X223A2 2310F, 2420D; Stedi's claim edits",
    "A line names who referred the patient, but the claim doesn't.",
    "Map `referring_provider` of the claim: a line's stands in place of the claim's.",
)  # fmt: skip
MENSTRUAL_SEX = LEVEL.warning(
    "MENSTRUAL-SEX", "P", "X222A1 2300 DTP*484; Availity's payer specific edits",
    "The last menstrual period of a patient who is said to be male.",
    "The date, or the sex, is another's.",
)  # fmt: skip


def few_roles(many: Many) -> bool:
    """Nobody supervises, and nobody lends a place to the services."""
    return many.claim.said.isdisjoint(("supervising_provider", "service_facility"))


def roles(claim: Claim, found: Found) -> None:
    supervising, rendering = claim.supervising_provider, claim.rendering_provider
    if supervising is not None and rendering is not None and _same(supervising, rendering):
        found.add(SUPERVISING_SAME, "supervising_provider.npi", "the supervising provider is the rendering one")
    facility, billing = claim.service_facility, claim.billing_provider
    if facility is not None and billing is not None and claim.kind != "dental" and _same(facility, billing):
        found.add(FACILITY_SAME, "service_facility.npi", "the service facility has the billing provider's NPI")


def _same(one: Provider, other: Provider) -> bool:
    return one.npi != "" and one.npi == other.npi


def referred(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    if line.referring_provider is not None and claim.referring_provider is None:
        found.line(REFERRING_LEVEL, number, "referring_provider", "names who referred, but the claim doesn't")


def menstrual_period(claim: Claim, found: Found) -> None:
    if claim.last_menstrual_period_date is None:
        return
    person = claim.patient or claim.subscriber
    if person is not None and person.sex == "M":
        found.add(MENSTRUAL_SEX, "last_menstrual_period_date", "a last menstrual period, but the patient is male")


CHECKS: ClaimChecks = (
    OfClaim("PID", roles, spotless=few_roles),
    OfClaim("P", menstrual_period, ("last_menstrual_period_date",)),
)
LINE_CHECKS: LineChecks = (OfLine("PI", referred, ("referring_provider",)),)

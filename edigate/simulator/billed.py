"""What answers echo of a claim, whichever kind it is: each line's product, the days of service, the facility.

Knows the claim's record; refuses to know what an answer says about it.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from edigate.claims.model import Claim, ServiceLine

_REVENUE = "NU"  # SVC01-1: a revenue code of the National Uniform Billing Committee


class Product(NamedTuple):
    """SVC01-1, SVC01-2 and SVC04, of an 835 (X221A1 2110) as of a 277CA (X214 2220D)."""

    qualifier: str
    code: str
    revenue_code: str


def product_of(line: ServiceLine) -> Product:
    """How a line is named: by its procedure, or by its revenue code alone, which then stands in SVC01."""
    if not line.procedure and line.revenue_code:
        return Product(_REVENUE, line.revenue_code, "")
    return Product(line.procedure_qualifier, line.procedure, line.revenue_code)


def days_of(claim: Claim) -> tuple[date | None, date | None]:
    """The first and last day of service: of the statement (837I), else of the lines, else of the claim (837D)."""
    days = [day for day in (claim.statement_from, claim.statement_to) if day]
    days = days or [day for line in claim.service_lines for day in (line.service_date, line.service_date_end) if day]
    days = days or [day for day in (claim.service_date, claim.service_date_end) if day]
    return (min(days), max(days)) if days else (None, None)


def facility_of(claim: Claim) -> str:
    """CLM05-1: the place of service, or the type of bill but for its last digit."""
    return claim.place_of_service or claim.facility_type

"""SNIP level 4, dates: nothing in the future, no end before its start, nobody treated before birth."""

from __future__ import annotations

from datetime import date
from operator import attrgetter

from edigate.claims.edits.many import Many
from edigate.claims.edits.places import words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim, OfLine
from edigate.claims.model import Claim, ServiceLine

LEVEL = Level(4)

DATE_FUTURE = LEVEL.error(
    "DATE-FUTURE", "PID", "2300, 2400 DTP; 2010BA, 2010CA DMG02",
    "A birth, a death, a service, or what a claim says was before, lies in the future.",
    "Look for day and month exchanged.",
)  # fmt: skip
DATE_ORDER = LEVEL.error(
    "DATE-ORDER", "PID", "2300, 2400 DTP",
    "Something ends before it begins, or comes before the patient's birth.",
    "As above.",
)  # fmt: skip
AFTER_DEATH = LEVEL.warning(
    "AFTER-DEATH", "PID", "2000B, 2000C PAT06",
    "A service after the patient's death.",
    "Right for an autopsy; else one of the dates is wrong.",
)  # fmt: skip
DATE_SPAN = LEVEL.warning(
    "DATE-SPAN", "PID", "2400 DTP*472, 2300 DTP*434",
    "One line, or an institutional claim, takes more than a year.",
    "Look for a wrong year.",
)  # fmt: skip
DATE_OLD = LEVEL.warning(
    "DATE-OLD", "PID", "2400 DTP*472",
    "A service or a birth too far back to be right.",
    "Look for a wrong century.",
)  # fmt: skip
DATE_RELATED = LEVEL.warning(
    "DATE-RELATED", "PD", "2300 DTP*431, 439, 453, 454, 484; Stedi's claim edits",
    "An onset, accident or first treatment comes after the services it explains.",
    "One of the dates is wrong.",
)  # fmt: skip
DISABILITY = LEVEL.error(
    "DISABILITY", "P", "X222A1 2300 DTP*314, 360, 361",
    "The disability has a start and an end, but not as one period; or half a period.",
    "Both known: `disability_period_start` and `_end`. One known: `disability_start` or `disability_end`.",
)  # fmt: skip
OUTSIDE_STATEMENT = LEVEL.error(
    "OUTSIDE-STATEMENT", "I", "X223A2 2400 DTP*472, 2300 DTP*434",
    "A line was served outside the claim's statement dates.",
    "Widen the statement dates, or bill the line on the claim it belongs to.",
)  # fmt: skip

_BEFORE = (
    "onset_date", "accident_date", "acute_manifestation_date", "initial_treatment_date",
    "last_menstrual_period_date",
)  # fmt: skip
_ALSO_PAST = (
    "last_seen_date", "last_x_ray_date", "prescription_date", "last_worked_date", "assumed_care_date",
    "relinquished_care_date", "first_contact_date", "appliance_placement_date", "repricer_received_date",
    "admission_date",
)  # fmt: skip
_PAST = (*_BEFORE, *_ALSO_PAST)
_READ_PAST = attrgetter(*_PAST)
_NO_DATES = (None,) * len(_PAST)
_PERIODS = (
    ("admission_date", "discharge_date", "stay"),
    ("disability_period_start", "disability_period_end", "disability"),
    ("last_worked_date", "return_to_work_date", "absence from work"),
    ("statement_from", "statement_to", "statement"),
    ("service_date", "service_date_end", "service"),
    ("assumed_care_date", "relinquished_care_date", "care"),
)
_READ_PERIODS = attrgetter(*(last for _, last, _ in _PERIODS))
_DATED = (*_PAST, *(last for _, last, _ in _PERIODS))
_NO_ENDS = (None,) * len(_PERIODS)
_LINE_PAST = (
    "last_seen_date", "last_x_ray_date", "prescription_date", "begin_therapy_date", "hemoglobin_test_date",
    "creatinine_test_date", "initial_treatment_date", "prior_placement_date", "treatment_start_date",
    "appliance_placement_date",
)  # fmt: skip
_READ_LINE_PAST = attrgetter(*_LINE_PAST)
_DISABILITY = ("disability_start", "disability_end", "disability_period_start", "disability_period_end")
_EARLIEST = date(1990, 1, 1)  # before any 837


def all_born(many: Many) -> bool:
    """Nobody is born in the future, and nobody has died."""
    born = filter(None, many.of_treated("birth_date"))
    return not any(many.of_treated("death_date")) and max(born, default=many.today) <= many.today


def patient_dates(claim: Claim, found: Found) -> None:
    who, born, died = _patient(claim)
    for name, day in (("birth_date", born), ("death_date", died)):
        if day is not None and day > found.today:
            found.add(DATE_FUTURE, f"{who}.{name}", f"the {words(name)} is in the future")
    if born and died and died < born:
        found.add(DATE_ORDER, f"{who}.death_date", "the patient died before they were born")


def in_living_memory(many: Many) -> bool:
    """No line takes longer than its day, which isn't in the future; everybody was born before, and nobody has died."""
    if not many.days or "service_date_end" in many.line.said:
        return False
    born = many.of_treated("birth_date")
    if len(born) != len(many.claims) or None in born or any(many.of_treated("death_date")):
        return False
    first, last = min(many.days), max(many.days)
    return last <= many.today and first >= _EARLIEST and max(born) <= first and last.year - min(born).year <= 125


def line_dates(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    start = line.service_date
    if start is None:
        return
    end = line.service_date_end or start
    _who, born, died = _patient(claim)
    if end > found.today:
        found.line(DATE_FUTURE, number, "service_date", "has a date of service in the future")
    if end < start:
        found.line(DATE_ORDER, number, "service_date_end", "ends before it begins")
    if born is not None and start < born:
        found.line(DATE_ORDER, number, "service_date", "was served before the patient was born")
    if died is not None and start > died:
        found.line(AFTER_DEATH, number, "service_date", "was served after the patient's death")
    if end is not start and (end - start).days > 366:
        found.line(DATE_SPAN, number, "service_date_end", "takes more than a year")
    if start < _EARLIEST or (born is not None and start.year - born.year > 125):
        found.line(DATE_OLD, number, "service_date", "or the birth date lies too far back to be right")


def line_past(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    for name, day in zip(_LINE_PAST, _READ_LINE_PAST(line), strict=True):
        if day is not None and day > found.today:
            found.line(DATE_FUTURE, number, name, f"has a {words(name)} in the future")
    placed, served = line.prior_placement_date, line.service_date or claim.service_date
    if placed is not None and served is not None and placed > served:
        found.line(DATE_ORDER, number, "prior_placement_date", "replaces what was placed after it")
    begun, done = line.treatment_start_date, line.treatment_completion_date
    if begun is not None and done is not None and done < begun:
        found.line(DATE_ORDER, number, "treatment_completion_date", "was completed before it was begun")


def statement(claim: Claim, found: Found) -> None:
    start, end = claim.statement_from, claim.statement_to or claim.statement_from
    if start is None or end is None:
        return
    if end > found.today:
        found.add(DATE_FUTURE, "statement_to", "the statement ends in the future")
    if (end - start).days > 366:
        found.add(DATE_SPAN, "statement_to", "the statement covers more than a year")
    _, born, _ = _patient(claim)
    if born is not None and end < born:
        found.add(DATE_ORDER, "statement_to", "the statement ends before the patient was born")


def in_statement(claim: Claim, line: ServiceLine, number: int, found: Found) -> None:
    first, last = claim.statement_from, claim.statement_to or claim.statement_from
    start = line.service_date
    if start is None or first is None or last is None or first > last:
        return
    if start < first or (line.service_date_end or start) > last:
        found.line(OUTSIDE_STATEMENT, number, "service_date", "was served outside the claim's statement dates")


def claim_dates(claim: Claim, found: Found) -> None:
    """What explains the services lies before them; periods run forward."""
    days = _READ_PAST(claim)
    if days != _NO_DATES:
        for name, day in zip(_PAST, days, strict=True):
            if day is not None and day > found.today:
                found.add(DATE_FUTURE, name, f"the {words(name)} is in the future")
        served = [line.service_date for line in claim.service_lines if line.service_date is not None]
        for name, day in zip(_BEFORE, days, strict=False):
            if day is None or not served or day > found.today:
                continue
            # What is billed with an accident comes after it; an illness may begin between two visits.
            if day > (min(served) if name == "accident_date" else max(served)):
                found.add(DATE_RELATED, name, f"the {words(name)} comes after what it explains")
    if _READ_PERIODS(claim) != _NO_ENDS:
        for first, last_name, what in _PERIODS:
            start, end = getattr(claim, first), getattr(claim, last_name)
            if start is not None and end is not None and end < start:
                found.add(DATE_ORDER, last_name, f"the {what} ends before it begins")


def disability(claim: Claim, found: Found) -> None:
    """One DTP says from when to when (314); 360 and 361 stand alone, and both halves of 314 together."""
    if claim.disability_start and claim.disability_end:
        found.add(
            DISABILITY, "disability_end",
            "the guide has one place for the disability; where both ends are known, give disability_period_start "
            "and disability_period_end instead",
        )  # fmt: skip
    if (claim.disability_period_start is None) != (claim.disability_period_end is None):
        found.add(
            DISABILITY, "disability_period_end",
            "a disability period needs both ends; where one is known, give disability_start or disability_end",
        )  # fmt: skip


def _patient(claim: Claim) -> tuple[str, date | None, date | None]:
    """The field of who was treated, with their birth and death."""
    patient = claim.patient
    if patient is not None:
        return "patient", patient.birth_date, patient.death_date
    subscriber = claim.subscriber
    return ("subscriber", subscriber.birth_date, subscriber.death_date) if subscriber else ("subscriber", None, None)


CHECKS: ClaimChecks = (
    OfClaim("PID", patient_dates, spotless=all_born),
    ("I", statement),
    OfClaim("PID", claim_dates, spotless=lambda many: many.claim.said.isdisjoint(_DATED)),
    OfClaim("P", disability, _DISABILITY),
)
LINE_CHECKS: LineChecks = (
    OfLine("PID", line_dates, spotless=in_living_memory),
    OfLine("PD", line_past, (*_LINE_PAST, "treatment_completion_date")),
    OfLine("I", in_statement),
)

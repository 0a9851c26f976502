"""All payments for one claim added up: what its first payer allowed, what others paid, line by line. Pure; cents.

Knows what each reason does to an allowed amount. Source of CLP02 and CAS: X221A1 1.10.2.4, 1.10.2.11, 1.10.2.13.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import msgspec

from edigate.reconcile import reasons
from edigate.secrecy import Phi

# What a cut (CAS) does to what was allowed. Places in a list of sums.
PATIENT, AFTER, PRIOR, DENIED, CONTRACT = range(5)
NO_CUTS = (0, 0, 0, 0, 0)

# Taken off what was allowed, after it was allowed: no payer that allows the right amount is short by them.
_AFTER = frozenset(
    (
        "44",  # prompt-pay discount
        "59",  # several procedures at once: no fee names the reduction
        "104",  # withheld under managed care
        "105",  # tax withheld
        "143",  # put off
        "144",  # incentive
        "161",  # performance bonus
        "237",  # penalty by law (MIPS)
        "253",  # sequestration
        "B4",  # filed late
    )
)
_PRIOR_PAYER = "23"
_REVERSAL = "22"
_LATER_PAYER = frozenset(("2", "3", "20", "21"))  # CLP02: processed as secondary or tertiary


@lru_cache(maxsize=4096)
def place_of(group: str, reason: str) -> int:
    """Into which sum a cut goes."""
    if reason == _PRIOR_PAYER:
        return PRIOR
    if group == "PR":
        return PATIENT
    if reason in _AFTER:
        return AFTER
    return DENIED if reasons.kind_of(group, reason) is reasons.Kind.DENIAL else CONTRACT


class Line(Phi, msgspec.Struct, gc=False):
    """A line of ours. `modifiers` in order, joined by ':'; `units` decimal text."""

    id: int
    procedure: str
    revenue_code: str
    modifiers: str
    charge_cents: int
    units: str
    day: date | str | None = None  # as the ledger gives it
    number: int = 0  # LX01


class Service(Phi, msgspec.Struct, gc=False):
    """A service payment (SVC) for a line of ours, None where it is for none. `cuts` are its CAS by place.

    `told_cents` is what the payer itself calls allowed (AMT*B6), None where it doesn't say.
    """

    line: Line | None
    charge_cents: int
    paid_cents: int
    cuts: list[int]
    told_cents: int | None = None


class Entry(Phi, msgspec.Struct, gc=False):
    """A claim payment (CLP). `cuts` are all its CAS by place, those of its services too."""

    status: str
    charge_cents: int
    paid_cents: int
    payer_number: str  # CLP07
    cuts: list[int]
    services: list[Service]


class LineSum(Phi, msgspec.Struct, gc=False):
    """What the first payer did about a line, all its payments together.

    `allowed_cents` is what it says itself, where it says so of all of them; else paid, the patient's, and what was
    taken off afterwards. `apart_cents` is by how much the first is more than the second.
    """

    line: Line
    charge_cents: int
    allowed_cents: int
    denied_cents: int
    told_cents: int | None = None
    apart_cents: int = 0


class ClaimSum(Phi, msgspec.Struct, gc=False):
    """What all payers did about a claim. `allowed_cents` is the first payer's; None where it isn't among them.

    `by_line` says that the first payer decided line by line; not so where a cut of the whole claim makes the lines'
    sums say too much. `lines` are then those whose allowed amount says what the payer pays for such a service:
    decided with our charge, and nothing of it denied.
    """

    paid_cents: int = 0
    charge_cents: int = 0  # what the first payer says was charged (CLP03)
    allowed_cents: int | None = None
    by_line: bool = False
    lines: list[LineSum] = []


def add_up(entries: Sequence[Entry]) -> ClaimSum:
    """The sums of all entries of a claim; their order makes no difference."""
    found = ClaimSum()
    later = {entry.payer_number for entry in entries if _by_later_payer(entry)}
    lines: dict[int, LineSum] = {}
    allowed = of_claim = 0
    first_payer = False
    for entry in entries:
        found.paid_cents += entry.paid_cents
        if later and (_by_later_payer(entry) or (entry.status == _REVERSAL and entry.payer_number in later - {""})):
            continue
        first_payer = True
        cuts = entry.cuts
        found.charge_cents += entry.charge_cents
        allowed += entry.paid_cents + cuts[PATIENT] + cuts[AFTER]
        of_claim += cuts[CONTRACT] + cuts[DENIED]
        for service in entry.services:
            own, line = service.cuts, service.line
            of_claim -= own[CONTRACT] + own[DENIED]
            if line is None:
                continue
            service_allowed = service.paid_cents + own[PATIENT] + own[AFTER]
            so_far = lines.get(line.id)
            if so_far is None:
                lines[line.id] = LineSum(
                    line, service.charge_cents, service_allowed, own[DENIED], service.told_cents
                )
                continue
            so_far.charge_cents += service.charge_cents
            so_far.allowed_cents += service_allowed
            so_far.denied_cents += own[DENIED]
            if so_far.told_cents is not None:  # a reversal mostly doesn't say what it takes back of it
                told = service.told_cents
                so_far.told_cents = None if told is None else so_far.told_cents + told
    if not first_payer:
        return found
    found.allowed_cents = allowed
    if lines and not of_claim:
        found.by_line = True
        found.lines = [
            one for one in lines.values() if not one.denied_cents and one.charge_cents == one.line.charge_cents
        ]
        for one in found.lines:
            if one.told_cents is not None and one.told_cents != one.allowed_cents:
                one.apart_cents = one.told_cents - one.allowed_cents
                one.allowed_cents = one.told_cents
    return found


def _by_later_payer(entry: Entry) -> bool:
    return entry.status in _LATER_PAYER or entry.cuts[PRIOR] != 0

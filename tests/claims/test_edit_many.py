"""That sparing claims a check never spares them a finding: each is told what all checks, one by one, tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import islice
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from edigate.claims import model as m
from edigate.claims.codesets import Codes
from edigate.claims.edits import _CHECKS, edit, edit_many
from edigate.claims.edits.many import Many
from edigate.claims.edits.rule import Found
from edigate.findings import Finding
from tests.claims.edit_samples import bill, dental
from tests.claims.made_up import TODAY, base_claim, for_child, line

CODES = Codes()
CLEAN = [base_claim, for_child, bill, dental]
TEXTS = (
    "", "1", "7", "02", "41", "MJ", "BK", "ABF", "Y", "ZZ", "MB", " A", "\u00c9", "\t", "99", "25", "V4389XA", "E119",
    "J029X", "J3490", "80053", "D0120", "A0428", "00100", "1234567890", "123456789012345678901", "12-3456789",
    "P.O. BOX 7", "A" * 61,
)  # fmt: skip
AMOUNTS = (None, Decimal(0), Decimal("-1.00"), Decimal("0.001"), Decimal("10000000000.00"), Decimal("7.5"))
DAYS = (None, date(1880, 1, 1), date(1983, 3, 9), date(2014, 5, 5), date(2021, 9, 30), date(2030, 1, 1))


def of_type(hint: Any) -> Iterator[Any]:
    """Values of a field's type that somebody might send, right and wrong."""
    if get_origin(hint) is Sequence:
        (inner,) = get_args(hint)
        yield ()
        yield from ([each] for each in of_type(inner))
        some = next(islice(of_type(inner), 1, None))
        yield [some] * 2
        yield [some] * 26
        return
    if get_origin(hint) is Literal:
        return
    kind = next((each for each in get_args(hint) if each is not NoneType), hint)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield None if get_args(hint) else kind()
        yield kind()
        for field, values in said_in(kind):
            yield from (kind(**{field: value}) for value in islice(values, 5))
    else:
        yield from {str: TEXTS, Decimal: AMOUNTS, date: DAYS, int: (0, 1, 2, 9), time: (None,)}[kind]


hints_of = cache(get_type_hints)


def said_in(record: type[msgspec.Struct]) -> Iterator[tuple[str, Iterator[Any]]]:
    hints = hints_of(record)
    return ((name, of_type(hints[name])) for name in record.__struct_fields__ if name not in ("unbound", "kind"))


def changed(make: Callable[[], m.Claim]) -> Iterator[m.Claim]:
    """A clean claim with one field changed after the other: its own, those of its parties and lines."""
    for at in ("", "billing_provider", "subscriber", "payer", "patient", "diagnoses", "service_lines"):
        whole = getattr(make(), at) if at else make()
        if not whole:
            continue
        part = whole[-1] if isinstance(whole, list) else whole
        for field, values in said_in(type(part)):
            for value in values:
                claim = make()
                other = msgspec.structs.replace(part, **{field: value})
                if not at:
                    claim = other
                elif isinstance(whole, list):
                    setattr(claim, at, [*whole[:-1], other])
                else:
                    setattr(claim, at, other)
                yield claim


def by_each_check(claim: m.Claim) -> list[Finding]:
    """What is found where no check is spared."""
    found = Found(TODAY, CODES)
    for of in _CHECKS[claim.kind].of_claim:
        of.check(claim, found)
    for of_line in _CHECKS[claim.kind].of_line:
        for number, each in enumerate(claim.service_lines):
            of_line.check(claim, each, number, found)
    return found.findings


def in_order(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return sorted((each.code, each.field, each.message) for each in findings)


@pytest.mark.parametrize("make", CLEAN, ids=[make.__name__ for make in CLEAN])
def test_each_claim_is_told_all_that_any_check_has_to_say(make: Callable[[], m.Claim]) -> None:
    for claim in islice(changed(make), 0, None, 4 if make is for_child else 1):
        assert in_order(edit(claim, TODAY, CODES)) == in_order(by_each_check(claim))


@pytest.mark.parametrize("make", CLEAN, ids=[make.__name__ for make in CLEAN])
def test_a_claim_is_told_the_same_among_others(make: Callable[[], m.Claim]) -> None:
    wrong = islice(changed(make), 0, None, 5)
    while some := list(islice(wrong, 3)):
        told = edit_many([make(), *some, make()], TODAY, CODES)
        assert told == [[], *(edit(claim, TODAY, CODES) for claim in some), []]


@pytest.mark.parametrize("make", CLEAN, ids=[make.__name__ for make in CLEAN])
def test_who_is_at_fault_is_found_wherever_they_stand_among_a_hundred(make: Callable[[], m.Claim]) -> None:
    clean = [make() for _ in range(97)]
    for number, wrong in enumerate(islice(changed(make), 7, None, 150)):
        at, other = 31 * number % 97, 57 * number % 97
        claims = [wrong if place in (at, other) else each for place, each in enumerate(clean)]
        told = edit_many(claims, TODAY, CODES)
        assert told[at] == told[other] == edit(wrong, TODAY, CODES)
        assert not any(each for place, each in enumerate(told) if place not in (at, other))


def test_clean_claims_are_spared_every_check_that_can_be() -> None:
    """Else it would take as long as asking each check of each claim, and nobody would notice."""
    visits = [line(), line(procedure="99214", charge=Decimal("25.50"), line_item_control_number="L2")]
    many = Many([base_claim(service_lines=visits), for_child(service_lines=visits)], TODAY, CODES)
    checks = _CHECKS["professional"]
    sparing = [(of.check.__name__, of.spotless) for of in checks.of_claim if of.spotless is not None]
    sparing += [(of.check.__name__, of.spotless) for of in checks.of_line if of.spotless is not None]
    assert len(sparing) > 20
    assert [name for name, spotless in sparing if not spotless(many)] == []

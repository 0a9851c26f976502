"""When two lines of banks' files are the same money: by identity in files of one form, by joining across forms.

Banks repeat themselves: a statement of ten days and one of the month, this morning's and tonight's, and the ACH file
beside the statement. Two equal deposits on one day are two all the same: each file has them all, so that the first
of one file is the first of the other, and the second the second.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from edigate.reconcile.deposit_payers import no_name, same_payer
from edigate.reconcile.deposits import number
from edigate.secrecy import Phi

_BLANKS = re.compile(r"\s+")
# An ACH file says the day its entries become effective; the statement, when they were booked: over a weekend at most.
_BOOKED = (timedelta(days=-1), timedelta(days=4))
_SAME_DAY = (timedelta(0), timedelta(0))


class Line(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """What of a bank's line tells which money it is. `id` is anything that names it."""

    id: int
    format: str
    account: str
    day: date
    amount: Decimal
    payer_name: str = ""
    trace: str = ""
    reference: str = ""
    description: str = ""


def identities(lines: Iterable[Line]) -> list[tuple[str, int]]:
    """The identity of each line of one file, in order, and the how manieth with it this one is, from 1."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        # The bank's own number says all; without one its text does, which holds who paid and often the trace.
        text = f"{line.trace} {_BLANKS.sub(' ', line.description)}".casefold()
        says = f"#{line.reference}" if line.reference else text
        parts = (line.account, line.day.isoformat(), str(line.amount), says)
        identity = hashlib.sha256("|".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
        seen[identity] += 1
        found.append((identity, seen[identity]))
    return found


def joined(new: Sequence[Line], known: Sequence[Line]) -> dict[int, int]:
    """Which new lines tell of money that another form of file told of: ids of new to ids of known, each once.

    Of one account, amount and (nearly) one day, and by the same trace, number or payer. What only looks alike isn't
    joined.
    """
    by_amount: dict[Decimal, list[Line]] = {}
    for line in known:
        by_amount.setdefault(line.amount, []).append(line)
    pairs = [
        (rank, abs(line.day - other.day), line.id, other.id)
        for line in new
        for other in by_amount.get(line.amount, ())
        if (rank := _likeness(line, other))
    ]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _rank, _days, id_, other_id in sorted(pairs):
        if id_ not in found and other_id not in taken:
            found[id_] = other_id
            taken.add(other_id)
    return found


def _likeness(line: Line, other: Line) -> int:
    """1 by trace, 2 by the bank's number, 3 by the payer; 0: nothing says that it is the same money."""
    if line.format == other.format or (line.account and other.account and line.account != other.account):
        return 0
    first, last = _SAME_DAY
    if line.format == "nacha":
        first, last = _BOOKED
    elif other.format == "nacha":
        first, last = -_BOOKED[1], -_BOOKED[0]
    if not first <= other.day - line.day <= last:
        return 0
    if line.trace and other.trace:
        return int(number(line.trace) == number(other.trace))
    if line.reference and line.reference == other.reference:
        return 2
    nameless = no_name(_text(line)) and no_name(_text(other))
    return 3 if nameless or _one_name(line, other) or _one_name(other, line) else 0


def _one_name(line: Line, other: Line) -> bool:
    return same_payer((), _text(line), (), other.payer_name or other.description)


def _text(line: Line) -> str:
    return f"{line.payer_name} {line.description}"

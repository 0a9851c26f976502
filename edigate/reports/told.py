"""One thing to look at, and the words that all of them are told in. Knows no statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from edigate.ledger.inbound import NOT_OPENED, WAITS_FOR_REVIEW
from edigate.ledger.states import Usage
from edigate.money import ZERO, from_cents, to_text


class Attention(msgspec.Struct, frozen=True):
    """One thing to look at. `ids` are claim, file or payment ids of the ledger, by `kind`, the most money first."""

    kind: str
    count: int
    amount: Decimal
    what: str  # what happened, with the commonest reason
    do: str  # what to do about it
    ids: tuple[int, ...] = ()
    urgent: bool = True  # False: a person should know, but nothing is lost by waiting
    look: str = ""  # which they are, and the command that shows the first


def in_words(one: Attention) -> str:
    """One line a person reads at seven in the morning."""
    money = f"${to_text(one.amount)}: " if one.amount else ""
    return f"{money}{one.what}. {one.do}" + (f" [{one.look}]" if one.look else "")


def worth(usage: Usage, cents: int) -> Decimal:
    """What is at stake, in dollars: nothing where it is a test's."""
    return from_cents(cents) if usage == "production" else ZERO


def held_advice(file_id: int, partner: str, reason: str) -> str:
    """What to do about a file that is held for a reason."""
    if reason.startswith(WAITS_FOR_REVIEW):
        return "Look at it with `edigate post --review`, then release it."
    if reason.startswith(NOT_OPENED):
        return f"Mend its keys or [pgp] settings, or ask {partner} for it anew: each `edigate post` tries it."
    asked = f"Ask {partner or 'the sender'} for a corrected file"
    if "a difference of" in reason:
        return f"{asked}; `edigate post --accept-unbalanced in-{file_id} --dry-run` shows every sum."
    return f"{asked}."


def look(noun: str, ids: Sequence[int], prefix: str = "") -> str:
    """Which they are, as many as fit, and the command that shows the first."""
    shown = ", ".join(f"{prefix}{one}" for one in ids[:3])
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    plural = "s" if len(ids) > 1 else ""
    return f"{noun}{plural} {shown}{more}: edigate show {noun} {prefix}{ids[0]}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def names(of: Iterable[str]) -> str:
    return ", ".join(sorted(set(of)))


def span(hours: float) -> str:
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"

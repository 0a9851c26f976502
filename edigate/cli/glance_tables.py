"""The glance and the list of what to look at first, as tables; shared by status, nightly and demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edigate.cli.output import say, table

if TYPE_CHECKING:
    from edigate.reports.attention import Attention
    from edigate.reports.glance import Glance


def show_glance(seen: Glance) -> None:
    """Claims and dollars, one line each."""
    claims, money = seen.claims, seen.money
    table(
        ["claims", "count"],
        [
            ["encounters in", claims.encounters],
            ["made into claims", claims.made],
            ["refused", claims.refused],
            ["sent", claims.sent],
            ["accepted by the payer", claims.accepted],
            ["rejected", claims.rejected],
            ["paid", claims.paid],
            ["paid in part", claims.partly_paid],
            ["denied", claims.denied],
            ["outstanding", claims.outstanding],
        ],
    )
    say()
    table(
        ["dollars of the claims made", "amount"],
        [
            ["charged", money.charged],
            ["paid", money.paid],
            ["adjusted", money.adjusted],
            ["patient responsibility", money.patient_responsibility],
            *([["settled by earlier payers", money.prior_payers]] if money.prior_payers else []),
            ["outstanding", money.outstanding],
        ],
    )


def show_attention(waiting: list[Attention]) -> None:
    """What a person should look at first, in words."""
    from edigate.reports.attention import in_words

    say()
    if not waiting:
        say("Nothing waits for you.")
        return
    say("Look at first:")
    for number, one in enumerate(waiting, 1):
        say(f"{number:>3}. {in_words(one)}")

"""The glance and the list of what to look at first, as tables; shared by status, nightly and demo."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from edigate.cli.output import say, table

if TYPE_CHECKING:
    from edigate.ledger.states import ClaimState
    from edigate.reports.attention import Attention
    from edigate.reports.glance import Glance


def show_glance(seen: Glance) -> None:
    """Claims and dollars in one table, a line each."""
    claims, money = seen.claims, seen.money
    rows: list[tuple[str, int | Decimal]] = [
        ("encounters in", claims.encounters),
        ("claims made", claims.made),
        ("claims refused", claims.refused),
        ("claims sent", claims.sent),
        ("claims accepted by the payer", claims.accepted),
        ("claims rejected", claims.rejected),
        ("claims paid", claims.paid),
        ("claims paid in part", claims.partly_paid),
        ("claims denied", claims.denied),
        ("claims outstanding", claims.outstanding),
        ("dollars charged", money.charged),
        ("dollars paid", money.paid),
        ("dollars adjusted", money.adjusted),
        ("dollars patient responsibility", money.patient_responsibility),
        ("dollars settled by earlier payers", money.prior_payers),
        ("dollars outstanding", money.outstanding),
    ]
    if not money.prior_payers:  # rare, and a puzzle to who never has it
        rows.remove(("dollars settled by earlier payers", money.prior_payers))
    table(["where everything stands", ""], rows)
    say_tests(seen.tests)


def say_tests(tests: Mapping[ClaimState, int]) -> None:
    """That there are test claims, and that no number and no dollar above is theirs."""
    if tests:
        states = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in tests.items())
        say(f"test claims: {sum(tests.values()):,}, not counted ({states})")


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

"""`edigate reconcile`: claims against payments, and what is left for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import UsageError
from edigate.money import ZERO, to_text

if TYPE_CHECKING:
    from edigate.gateway.reconcile import ReconcileReport
    from edigate.reconcile.categories import Category
    from edigate.reports.judged_claims import JudgedClaim


@click.command()
@click.option("--claims", "category", metavar="CATEGORY", help="The claims of one category: underpaid ...")
@json_option
@pass_invocation
def command(invocation: Invocation, category: str | None, as_json: bool) -> int:
    """Compare claims with payments, check every sum, and list what needs a person, by money.

    Every claim that was sent is in one category: paid as expected (by a fee table, or as the payer paid before),
    underpaid, overpaid, denied ...; together they are all that was sent. Payments that came before their claims
    were known are matched now, and each posted payment is checked against its entries to the cent. Exit code 1
    where something waits for a person.

    \b
    Examples:
      edigate reconcile
      edigate reconcile --claims underpaid --json
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.reconcile import claims_of, reconcile

    if category is not None:
        wanted = _category(category)
        with Gateway.open(invocation.workspace) as gateway:
            found = claims_of(gateway, wanted)
        emit(found, as_json=as_json, human=lambda: _tell_claims(found))
        return OK
    with Gateway.open(invocation.workspace) as gateway:
        report = reconcile(gateway)
    emit(report, as_json=as_json, human=lambda: _tell(report))
    return NEEDS_PERSON if report.off or any(one.urgent for one in report.attention) else OK


def _category(text: str) -> Category:
    """A category by its name. Raises UsageError that names them."""
    from edigate.reconcile.categories import DECIDED

    names = {category.value: category for category in DECIDED}
    if text not in names:
        raise UsageError(f"there is no category {text!r}", hint=f"There are: {'; '.join(names)}.")
    return names[text]


def _tell_claims(found: Sequence[JudgedClaim]) -> None:
    columns = ["claim", "number", "payer", "charged", "paid", "allowed", "told apart", "expected", "at stake", "by"]
    rows: list[list[object]] = []
    for one in found:
        by = one.source or (f"{one.sample} lines before" if one.sample else "; ".join(one.names))
        amounts = (one.charged, one.paid, one.allowed, one.apart or None, one.expected, one.at_stake)
        rows.append([f"claim-{one.claim_id}", one.patient_control_number, one.payer, *amounts, by])
    table(columns, rows)
    say(f"{len(found):,} claims")


def _tell_categories(report: ReconcileReport) -> None:
    rows: list[list[object]] = []
    for one in report.categories:
        compared = (one.allowed, one.expected) if one.compared else (None, None)
        rows.append([one.category, one.claims, one.charged, one.paid, *compared, one.at_stake or None])
    sent = [one for one in report.categories if one.billed]
    charged = sum((one.charged for one in sent), ZERO)
    paid = sum((one.paid for one in report.categories), ZERO)
    rows.append(["all", sum(one.claims for one in sent), charged, paid, None, None, None])
    title = "Claims sent, and what became of them (`paid, unbilled` is none of ours)"
    table(["category", "claims", "charged", "paid", "allowed", "expected", "at stake"], rows, title=title)
    say()


def _tell(report: ReconcileReport) -> None:
    from edigate.cli.glance_tables import show_attention, show_glance
    from edigate.reports.deposit_words import in_a_line

    if report.categories:
        _tell_categories(report)
    if report.apart.claims:
        say(
            f"Of {report.apart.claims:,} claims payers call another amount allowed (AMT*B6) than they paid and left to "
            f"others, ${to_text(report.apart.amount)} in all; what they call allowed is compared."
        )
        say()
    show_glance(report.glance)
    received = report.glance.received
    say()
    say(
        f"{received.payments} payments, ${to_text(received.received)} received = "
        f"${to_text(received.paid_on_claims)} on claims + ${to_text(received.unmatched)} on claims not ours "
        + (f"+ ${to_text(received.paid_on_tests)} on test claims " if received.paid_on_tests else "")
        + f"- ${to_text(received.provider_adjustments)} provider adjustments"
        + (f"; off by ${to_text(report.difference)}" if report.difference else "; to the cent.")
    )
    if report.deposits.sums.deposits:
        say(in_a_line(report.deposits))
    for one in report.unbalanced:
        accepted = f" Accepted: {one.accepted}" if one.accepted else ""
        sides = f"is ${to_text(one.amount)}, its entries add up to ${to_text(one.entries)}"
        say(f"Payment {one.payment_id} {sides}.{accepted}")
    if report.matched_now:
        say(f"{report.matched_now} payments were matched with claims that weren't known when they came.")
    show_attention(report.attention)

"""`edigate reconcile`: claims against payments, and what is left for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.money import to_text

if TYPE_CHECKING:
    from edigate.gateway.reconcile import ReconcileReport


@click.command()
@json_option
@pass_invocation
def command(invocation: Invocation, as_json: bool) -> int:
    """Match claims with payments, check every sum, and list what needs a person, by money.

    Payments that came before their claims were known are matched now. Every posted payment is checked
    against its entries to the cent. Exit code 1 where something waits for a person.

    \b
    Example:
      edigate reconcile --json
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.reconcile import reconcile

    with Gateway.open(invocation.workspace) as gateway:
        report = reconcile(gateway)
    emit(report, as_json=as_json, human=lambda: _tell(report))
    return NEEDS_PERSON if report.off or any(one.urgent for one in report.attention) else OK


def _tell(report: ReconcileReport) -> None:
    from edigate.cli.glance_tables import show_attention, show_glance

    show_glance(report.glance)
    received = report.glance.received
    say()
    say(
        f"{received.payments} payments, ${to_text(received.received)} received = "
        f"${to_text(received.paid_on_claims)} on claims + ${to_text(received.unmatched)} on claims not ours "
        f"- ${to_text(received.provider_adjustments)} provider adjustments"
        + (f"; off by ${to_text(report.difference)}" if report.difference else "; to the cent.")
    )
    for one in report.unbalanced:
        accepted = f" Accepted: {one.accepted}" if one.accepted else ""
        sides = f"is ${to_text(one.amount)}, its entries add up to ${to_text(one.entries)}"
        say(f"Payment {one.payment_id} {sides}.{accepted}")
    if report.matched_now:
        say(f"{report.matched_now} payments were matched with claims that weren't known when they came.")
    show_attention(report.attention)

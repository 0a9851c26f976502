"""`edigate plb`: money that payers move outside claims, as accounts over all their payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table

if TYPE_CHECKING:
    from edigate.reports.provider_accounts import ProviderAccount, ProviderAccounts


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what came to nothing, and codes that carry nothing.")
@click.option("--moves", is_flag=True, help="Each account's moves, payment by payment.")
@click.option("--older", type=click.IntRange(min=0), default=0, help="Only accounts open for so many days or more.")
@json_option
@pass_invocation
def command(invocation: Invocation, everything: bool, moves: bool, older: int, as_json: bool) -> int:
    """Provider adjustments (PLB) by payer, provider, code and reference: what is carried and not settled.

    A balance carried forward (FB) and an overpayment taken back (WO, with what we returned, 72) come to nothing
    over time; those that don't are listed, with the day since when and the claim they came from. Positive takes
    money from us, as in the PLB. Exit code 1 where one is open.

    \b
    Examples:
      edigate plb
      edigate plb --all --moves
      edigate plb --older 60 --json
    """
    from edigate.gateway.opening import Gateway
    from edigate.reports.provider_accounts import provider_accounts

    with Gateway.open(invocation.workspace) as gateway, gateway.ledger.read() as tx:
        report = provider_accounts(tx, tx.at.date())
    open_ = [one for one in report.open if not older or (one.days_open or 0) >= older]
    shown = report.accounts if everything else open_
    emit(
        {"accounts": shown, "codes": report.codes, "total": report.total},
        as_json=as_json,
        human=lambda: _tell(report, shown, moves=moves),
    )
    return NEEDS_PERSON if open_ else OK


def _tell(report: ProviderAccounts, shown: list[ProviderAccount], *, moves: bool) -> None:
    if not report.codes:
        say("No payment posted so far has a provider adjustment.")
        return
    totals = [[one.code, one.words, one.moves, one.amount] for one in report.codes]
    table(["code", "what", "moves", "taken"], totals, title="All provider adjustments")
    if not shown:
        say("None is open.")
    else:
        rows: list[list[object]] = []
        for one in shown:
            account = one.account
            claims = ", ".join(f"{each.patient_control_number} ({each.claim_id or 'not ours'})" for each in one.claims)
            codes = "/".join(account.codes)
            whose = (codes, account.reference, account.payer, account.provider)
            rows.append([*whose, account.balance, account.state, account.open_since, claims, account.words])
            for move in account.moves if moves else ():
                place = f", {move.file} segment {move.segment_position}" if move.segment_position else ""
                what = f"  {move.code} in payment {move.trace_number}{place}"
                rows.append(["", what, "", "", move.amount, "", move.day, "", ""])
        table(["code", "reference", "payer", "provider", "taken", "state", "since", "claim", "what it means"], rows)

"""`edigate deposits`: what is in the bank, and which payments it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, finding_line, json_option, say, table
from edigate.errors import UsageError
from edigate.money import ZERO, from_cents, to_text

if TYPE_CHECKING:
    from edigate.gateway.deposits import ImportReport
    from edigate.reports.deposits import BankedMoney, Comparison


@click.group()
def command() -> None:
    """Money in the bank beside the payments that 835s tell of.

    Banks' files (CSV, BAI2, ACH) are imported and each deposit is matched with its payment: by trace, else by
    amount, payer and day. What is ambiguous waits for you.

    \b
    Examples:
      edigate deposits import july.bai2
      edigate deposits list --open
      edigate deposits match deposit-12 payment-7 --why "remittance came by letter"
    """


@command.command("import", short_help="Take in what the bank gives.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--bank", metavar="NAME", default="", help="How to read a CSV: banks/NAME.toml.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken in and matched, and change nothing.")
@click.option("--accept-unbalanced", is_flag=True, help="Take a file whose control totals don't hold; needs --why.")
@click.option("--why", metavar="TEXT", default="", help="Why it is taken all the same; kept with the file.")
@json_option
@pass_invocation
def import_(
    invocation: Invocation,
    files: tuple[Path, ...],
    bank: str,
    dry_run: bool,
    accept_unbalanced: bool,
    why: str,
    as_json: bool,
) -> int:
    """Take in banks' files: statements as CSV or BAI2, ACH files with their addenda.

    A file is taken whole, or held with its reason where something in it can't be read or doesn't add up. The same
    file again, and days that statements share, count once. Exit code 1 where a file was held.

    \b
    Examples:
      edigate deposits import july.bai2 july.ach
      edigate deposits import --bank lakeside --dry-run statement.csv
    """
    from edigate.gateway.deposits import import_files
    from edigate.gateway.opening import Gateway

    if accept_unbalanced and not why.strip():
        raise UsageError("say why it is taken though it doesn't add up: --why TEXT")
    if why and not accept_unbalanced:
        raise UsageError("--why is for --accept-unbalanced")
    with Gateway.open(invocation.workspace) as gateway:
        report = import_files(gateway, files, bank=bank, dry_run=dry_run, accept=why.strip())
    emit(report, as_json=as_json, human=lambda: _tell_import(report))
    return NEEDS_PERSON if report.held else OK


@command.command("list", short_help="What is in the bank, and what isn't.")
@click.argument("some", nargs=-1, metavar="[DEPOSIT]...")
@click.option("--open", "open_only", is_flag=True, help="Only what no payment explains, and payments not in the bank.")
@click.option("--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="Deposits of DATE and later.")
@json_option
@pass_invocation
def list_(
    invocation: Invocation, some: tuple[str, ...], open_only: bool, since: datetime | None, as_json: bool
) -> int:
    """Deposits with the payments they are or may be, and payments that aren't in the bank.

    With some deposits named, these alone; `edigate show payment payment-7` shows a payment they are matched with.
    Exit code 1 where something won't settle by waiting (`edigate work deposits`).

    \b
    Examples:
      edigate deposits list --open --since 2026-07-01
      edigate deposits list deposit-12
    """
    from edigate.gateway.deposits import named
    from edigate.gateway.opening import Gateway
    from edigate.gateway.worklist import worklist
    from edigate.ledger.deposits import deposits
    from edigate.reports.deposits import compare, listed

    if some and (open_only or since):
        raise UsageError("name deposits or choose them by --open and --since, not both")
    settings = invocation.workspace.config.deposits
    with Gateway.open(invocation.workspace) as gateway:
        with gateway.ledger.read() as tx:
            if some:
                those = listed(tx, named(tx, some), settings)
                emit({"deposits": those}, as_json=as_json, human=lambda: _tell_each(those))
                return OK
            comparison = compare(tx, settings)
            day = since.date() if since else None
            shown = listed(tx, deposits(tx, open_only=open_only, since=day), settings)
        waiting = worklist(gateway, lists=("deposits",))
    data = {"sums": comparison.sums, "deposits": shown, "payments": comparison.payments}
    emit(data, as_json=as_json, human=lambda: _tell_list(comparison, shown))
    return NEEDS_PERSON if waiting else OK


@command.command("match", short_help="Say which payments a deposit is.")
@click.argument("deposit", required=False)
@click.argument("payments", nargs=-1)
@click.option("--undo", "undone", is_flag=True, help="They don't belong together: take them apart, for good.")
@click.option("--why", metavar="TEXT", default="", help="How you know; kept with it.")
@click.option("--by", "who", metavar="NAME", default="", help="Who says so (default: you, as the audit trail has it).")
@json_option
@pass_invocation
def match(
    invocation: Invocation,
    deposit: str | None,
    payments: tuple[str, ...],
    undone: bool,
    why: str,
    who: str,
    as_json: bool,
) -> int:
    """Say which payments a deposit is; or match by rule what can be, where none is named.

    The deposit's money goes to the payments in the order given, until either side is used up. With --undo what is
    matched comes apart, by rule or by hand, and is not matched again by itself.

    \b
    Examples:
      edigate deposits match
      edigate deposits match deposit-12 payment-7 payment-8 --why "one check for both"
      edigate deposits match deposit-12 --undo --why "it was the other clinic's"
    """
    from edigate.gateway import deposits
    from edigate.gateway.acting import user
    from edigate.gateway.opening import Gateway

    if deposit is None and (undone or why or who):
        raise UsageError("say which deposit: deposit-12", hint="edigate deposits list names them")
    if deposit is not None and not payments and not undone:
        raise UsageError(f"say which payments {deposit} is", hint="payment-7 ..., or --undo")
    by = who.strip() or user()
    with Gateway.open(invocation.workspace) as gateway:
        if deposit is None:
            shares = deposits.match_deposits(gateway)
            amount = from_cents(sum(one.amount_cents for one in shares))
            told = f"{len(shares):,} found, ${to_text(amount)}."
            emit({"matched": len(shares), "amount": amount}, as_json=as_json, human=lambda: say(told))
            return OK
        if undone:
            _, after = deposits.undo(gateway, deposit, payments, why=why, who=by)
        else:
            after = deposits.match_by_hand(gateway, deposit, payments, why=why, who=by)
    emit(after, as_json=as_json, human=lambda: _tell_one(after))
    return OK


def _tell_import(report: ImportReport) -> None:
    would = " (nothing was changed)" if report.dry_run else ""
    for one in report.files:
        for finding in one.findings:
            say(f"  {finding_line(finding)}")
        if one.state == "already":
            say(f"{one.file}: taken in before, as file in-{one.file_id}.")
        elif one.state == "held":
            say(f"{one.file}: held, nothing of it counts. {one.reason}")
        else:
            also = [
                f"{number:,} {words}"
                for number, words in (
                    (one.known, "known already"),
                    (one.joined, "told of by another form of file"),
                    (one.skipped, "no deposits"),
                )
                if number
            ]
            new = f"{one.deposits:,} new deposits" if one.deposits != 1 else "1 new deposit"
            say("; ".join([f"{one.file}: {new}, ${to_text(one.amount)}", *also]) + ".")
    say(f"{report.matched:,} matched with payments, ${to_text(report.matched_amount)}{would}.")


def _tell_list(comparison: Comparison, shown: list[BankedMoney]) -> None:
    from edigate.reports.deposit_words import in_a_line

    if not comparison.sums.deposits:
        say("No deposits yet: `edigate deposits import FILE` takes in what the bank gives.")
        return
    table(
        ["deposit", "day", "account", "how", "amount", "open", "state", "payer or text", "trace", "payments"],
        [
            [
                one.id,
                one.day,
                one.account,
                one.kind,
                one.amount,
                one.open,
                one.state,
                one.payer or one.description[:40],
                one.trace,
                _payments(one),
            ]
            for one in shown
        ],
    )
    if comparison.payments:
        say()
        table(
            ["payment", "day", "how", "amount", "not in the bank", "state", "payer", "trace"],
            [
                [one.id, one.day, one.method, one.amount, one.open, one.state, one.payer, one.trace]
                for one in comparison.payments
            ],
            title="Payments not, or not wholly, in the bank",
        )
    say()
    say(in_a_line(comparison))


def _tell_each(some: list[BankedMoney]) -> None:
    for one in some:
        _tell_one(one)
        for text in (one.payer, one.description, one.trace and f"trace {one.trace}"):
            if text:
                say(f"    {text}")
        for may in one.may_be:
            say(f"    may be payment-{may.payment_id} ({', '.join(may.why)})")


def _payments(one: BankedMoney) -> str:
    are = ", ".join(f"payment-{told.payment_id} ({told.how})" for told in one.payments)
    may = ", ".join(f"payment-{told.payment_id} ({', '.join(told.why)})" for told in one.may_be)
    return "; ".join(part for part in (are, f"may be {may}" if may else "") if part)


def _tell_one(one: BankedMoney) -> None:
    say(f"{one.id}: ${to_text(one.amount)} on {one.day}, ${to_text(one.open)} of it open.")
    for told in one.payments:
        because = f": {told.why}" if told.why else ""
        say(f"    ${to_text(told.amount or ZERO)} is payment-{told.payment_id} ({told.how}{because})")

"""`edigate post`: reads what was received, and writes it to claims and accounts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say, table
from edigate.cli.partner_option import the_partner
from edigate.errors import UsageError
from edigate.money import from_cents

if TYPE_CHECKING:
    from edigate.gateway.post import PostedFile, PostReport


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--partner", metavar="NAME", help="Whom given FILES are from (default: the only partner).")
@click.option("--dry-run", is_flag=True, help="Show what would be posted; change nothing.")
@click.option(
    "--accept-unbalanced",
    "accepted",
    multiple=True,
    metavar="ID",
    help="Post a held payment that doesn't add up: in-12, or in-12/2 for its second set.",
)
@click.option("--review", is_flag=True, help="List what waits for review, and why.")
@click.option("--release", "released", multiple=True, metavar="ID", help="Post a file that was reviewed: in-12.")
@click.option("--why", metavar="TEXT", default="", help="How you know; kept with the payment and the file.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    files: tuple[Path, ...],
    partner: str | None,
    dry_run: bool,
    accepted: tuple[str, ...],
    review: bool,
    released: tuple[str, ...],
    why: str,
    as_json: bool,
) -> int:
    """Post what was received: TA1, 999 and 277CA to claims, 835 to claims and accounts.

    Without FILES, everything received and not read yet. Each file is posted as a whole or held as a
    whole: a remittance that doesn't add up to the cent is held with both sides of the sum, and
    --accept-unbalanced is the only way past. What a partner's settings want reviewed is listed by
    --review and posted by --release. The same payment is posted once, however often it comes.

    \b
    Examples:
      edigate post --dry-run
      edigate post downloads/era.835 --partner clearing
      edigate post --accept-unbalanced in-12 --dry-run
      edigate post --accept-unbalanced in-12 --why "payer's clerk: the fee is missing in the file"
      edigate post --review
      edigate post --release in-14 --why "the reversal is right"
    """
    from edigate.gateway.afterwards import watched
    from edigate.gateway.opening import Gateway
    from edigate.gateway.post import post, post_files
    from edigate.gateway.releasing import let_through, waiting_for_review
    from edigate.gateway.watching import StepEnd

    by_word = bool(accepted or released)
    if sum((bool(files), by_word, review)) > 1:
        raise UsageError("give FILES, or --review, or what to let through")
    if why and not by_word:
        raise UsageError("--why goes with --accept-unbalanced or --release")
    workspace = invocation.workspace
    with Gateway.open(workspace) as gateway:
        if review:
            report = waiting_for_review(gateway)
        elif by_word:
            report = let_through(gateway, unbalanced=accepted, reviewed=released, why=why, dry_run=dry_run)
        elif files:
            report = post_files(gateway, files, the_partner(workspace, partner).name, dry_run=dry_run)
        elif dry_run:
            report = post(gateway, dry_run=True)
        else:
            with watched(gateway, "post", note) as ends:
                report = post(gateway)
                ends.append(StepEnd("post", gateway.clock(), NEEDS_PERSON if report.held else OK))
    if review:
        emit(report, as_json=as_json, human=lambda: _tell_review(report))
    else:
        emit(report, as_json=as_json, human=lambda: _tell(report, sums=by_word))
    return NEEDS_PERSON if report.held else OK


def _tell_review(report: PostReport) -> None:
    if not report.files:
        say("Nothing waits for review.")
        return
    for posted in report.files:
        rows = [
            [one.trace_number, one.patient_control_number, one.claim_id, one.charge, one.paid, one.why]
            for one in posted.outcome.review
        ]
        title = f"in-{posted.file.id} {posted.file.name}"
        table(["payment", "claim's number", "claim", "charge", "paid", "why"], rows, title=title)
        if not rows:
            say(f"{title}: nothing of it has to be reviewed any more.")
    say('When you have looked: edigate post --release ID --why "..."')


def _tell_sums(posted: PostedFile) -> None:
    for payment in posted.outcome.unbalanced:
        title = f"payment {payment.trace_number} (in-{posted.file.id}/{payment.set_number}), ${payment.amount}"
        rows = [[one.level, one.said, one.adds_up_to, one.what] for one in payment.sums]
        table(["sum", "it says", "it adds up to", "where"], rows, title=title)
        if payment.sums_in_all > len(rows):
            say(f"and {payment.sums_in_all - len(rows):,} more sums of it")


def _tell(report: PostReport, *, sums: bool = False) -> None:
    if not report.files:
        say("Nothing was waiting to be posted.")
        return
    rows = []
    for posted in report.files:
        if sums:
            _tell_sums(posted)
        outcome = posted.outcome
        rows.append(
            [
                posted.file.id,
                posted.file.name,
                posted.file.kind,
                "already " + posted.file.state if outcome.already else posted.file.state,
                outcome.claims_moved,
                outcome.payments,
                from_cents(outcome.amount_cents),
                posted.file.reason,
            ]
        )
    table(["id", "file", "kind", "state", "claims", "payments", "amount", "why"], rows)
    if report.dry_run:
        say("This was a dry run: nothing was changed.")

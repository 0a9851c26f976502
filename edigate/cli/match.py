"""`edigate match`: what waits for its claim, and a person's word whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import UsageError

if TYPE_CHECKING:
    from edigate.gateway.matching import Matched, MatchQueue


@click.command()
@click.argument("answer", required=False)
@click.option("--claim", metavar="ID", help="The claim it is about: its id, or its patient control number.")
@click.option("--only", is_flag=True, help="This one alone: remember nothing.")
@click.option("--dismiss", is_flag=True, help="It is about nothing of ours: take the answer off the list.")
@click.option("--forget", is_flag=True, help="Take back a match (match-3) with all it brought.")
@click.option("--why", metavar="TEXT", default="", help="How you know; kept with it.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many to list.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    answer: str | None,
    claim: str | None,
    only: bool,
    dismiss: bool,
    forget: bool,
    why: str,
    limit: int,
    as_json: bool,
) -> int:
    """List answers and money that fit no claim, with the likeliest ones; or say whose ANSWER is.

    Without ANSWER, what waits: money first, each with up to three candidates and what speaks for them. With
    --claim it goes to that claim: an acknowledgment moves it, a payment joins it, no cent changes. What else
    came from that partner with the same number goes along, and what comes later does too. --forget takes all
    of that back. Exit code 1 where something waits.

    \b
    Examples:
      edigate match
      edigate match paid-7 --claim 4711 --why "same member and day, payer confirmed"
      edigate match answer-3 --dismiss --why "sent from the old system"
      edigate match --forget match-2 --why "it was the sister's"
    """
    from edigate.gateway import matching
    from edigate.gateway.opening import Gateway

    if (claim is not None) + dismiss + forget > 1:
        raise UsageError("say one of --claim, --dismiss and --forget")
    if answer is None and (claim is not None or dismiss or forget or only):
        raise UsageError("say which: answer-3, paid-7, or match-2 to forget", hint="edigate match lists them")
    if answer is not None and not (claim is not None or dismiss or forget):
        raise UsageError(f"say whose {answer} is", hint="--claim ID, --dismiss or --forget")
    with Gateway.open(invocation.workspace) as gateway:
        if answer is None:
            waiting = matching.queue(gateway, limit=limit)
            emit(waiting, as_json=as_json, human=lambda: _list(waiting))
            return NEEDS_PERSON if waiting.total else OK
        if dismiss:
            matching.dismiss(gateway, answer, why=why)
            emit({"dismissed": answer}, as_json=as_json, human=lambda: say(f"{answer} waits no more."))
            return OK
        if forget:
            done = matching.forget(gateway, answer, why=why)
        else:
            done = matching.assign(gateway, answer, claim or "", why=why, only=only)
    emit(done, as_json=as_json, human=lambda: _tell(done, forget))
    return OK


def _list(waiting: MatchQueue) -> None:
    from edigate.archive import HOW_TO_OPEN

    if not waiting.total:
        say("Nothing waits for its claim.")
    else:
        rows: list[list[object]] = []
        for one in waiting.waiting:
            best = one.candidates[0] if one.candidates else None
            fit = f"claim {best.claim_id} ({best.number}): {', '.join(best.why)}" if best else ""
            rows.append([one.id, one.kind, one.partner, one.number, one.says, one.charge, one.paid, fit])
            for other in one.candidates[1:]:
                also = f"or claim {other.claim_id} ({other.number}): {', '.join(other.why)}"
                rows.append(["", "", "", "", "", None, None, also])
        table(["id", "kind", "from", "its number", "says", "charge", "paid", "may be"], rows)
        if waiting.sealed:
            say(f"{waiting.sealed:,} of them stand in sealed files, so no claims can be proposed. {HOW_TO_OPEN}")
        if waiting.total > len(waiting.waiting):
            say(f"{waiting.total - len(waiting.waiting):,} more wait: --limit shows more.")
    if waiting.remembered:
        table(
            ["match", "from", "number", "claim", "why"],
            [[f"match-{one.id}", one.partner, one.number or "(one alone)", one.claim_id, one.why]
             for one in waiting.remembered],
            title="Matched by hand",
        )  # fmt: skip


def _tell(done: Matched, forgotten: bool) -> None:
    what = f"{done.answers:,} answers and {done.payments:,} claim payments"
    where = f"claim {done.claim_id} ({done.patient_control_number})"
    if forgotten:
        say(f"{what} wait again; {where} is {done.state} without them.")
        return
    say(f"{what} went to {where}, which is {done.state} now.")
    say(f"To take it back: edigate match --forget match-{done.match_id} --why TEXT")
    if not done.remembered:
        say("Nothing is remembered: only this one was meant, or its number could mean another claim.")

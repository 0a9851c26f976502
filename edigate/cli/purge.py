"""`edigate purge`: what has its age, looked at first and then let go of."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import UsageError

if TYPE_CHECKING:
    from edigate.gateway.purging import Plan
    from edigate.ledger.purges import Purge


@click.command(short_help="Let go of what [retention] gives no longer; looks first.")
@click.option("--really", "number", metavar="LIST", default="", help="Purge what the list of this number said.")
@click.option(
    "--day", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="Count ages as of DATE, today or before (UTC)."
)
@click.option("--files", is_flag=True, help="Name each file that would go.")
@click.option("--past", is_flag=True, help="List the purges that were made.")
@json_option
@pass_invocation
def command(
    invocation: Invocation, number: str, day: datetime | None, files: bool, past: bool, as_json: bool
) -> int:
    """List by kind what is older than [retention] of edigate.toml says, and what is kept back and why.

    Nothing goes unless you say --really with the number of the list you looked at: where anything came, changed or
    got old enough since, it isn't that list any more, and you look again. With --day a list is the same tomorrow.

    Files go out of the archive, persons out of the ledger's claims. What stays for ever: claims' numbers and sums,
    payments, hashes, so that nothing is sent or posted twice, and the audit trail.

    \b
    Examples:
      edigate purge --files
      edigate purge --really 4f0c22a91d7e
    """
    if past:
        return _past(invocation, as_json)
    from edigate.gateway.opening import Gateway
    from edigate.gateway.purge import purge
    from edigate.gateway.purging import look

    with Gateway.open(invocation.workspace) as gateway:
        today = gateway.clock().date()
        as_of = day.date() if day else today
        if as_of > today:
            raise UsageError("--day is today or before: what isn't old enough yet can't be purged")
        if number:
            done = purge(gateway, number, as_of)
            gone = f"{done.files:,} files ({done.bytes:,} bytes) and the persons of {done.claims:,} claims are gone"
            earlier = f"; of an earlier purge {done.ended:,} more, {done.taken_back:,} stay" if done.ended else ""
            emit(done, as_json=as_json, human=lambda: say(f"{gone}{earlier}."))
            return OK
        plan = look(gateway, as_of)
    emit(plan, as_json=as_json, human=lambda: _show(plan, as_of, today, files))
    return NEEDS_PERSON if plan.unfinished or plan.kept_now else OK


def _show(plan: Plan, as_of: date, today: date, files: bool) -> None:
    rows = [
        [one.kind, one.age or "for ever", one.count, f"{one.bytes:,}", one.oldest or "", one.newest or "", one.stay]
        for one in plan.kinds
    ]
    table(["kind", "kept", "would go", "bytes", "oldest", "newest", "stay"], rows)
    for one in plan.kinds:
        for kept in one.kept:
            more = " ..." if kept.count > len(kept.names) else ""
            say(f"{one.kind}: {kept.count:,} kept back, {kept.why} ({', '.join(kept.names)}{more})")
    if files:
        table(["file", "kind", "bytes", "since"], [[one.names, one.kind, one.size, one.since] for one in plan.files])
    if plan.holds:
        say(f"Legal holds that are on: {plan.holds}, see `edigate hold list`.")
    if plan.unfinished or plan.kept_now:
        told = f"{len(plan.unfinished):,} files still to go, {len(plan.kept_now):,} that must stay by now"
        say(f"An earlier purge broke off: {told}. The next one ends it.")
    if plan.empty:
        say("Nothing would go.")
    else:
        when = f" --day {as_of}" if as_of != today else ""
        say(f"Nothing was purged. To purge this list: edigate purge{when} --really {plan.number}")


def _past(invocation: Invocation, as_json: bool) -> int:
    from edigate.gateway.opening import Gateway
    from edigate.ledger.purges import purges

    with Gateway.open(invocation.workspace) as gateway, gateway.ledger.read() as tx:
        found = purges(tx)

    def row(one: Purge) -> list[object]:
        end = "" if one.finished_at else "broke off, or goes on"
        return [one.id, one.at, one.who, one.day, one.list, one.files, f"{one.bytes:,}", one.claims, end]

    columns = ["purge", "when", "who", "as of", "list", "files", "bytes", "claims", ""]
    emit(found, as_json=as_json, human=lambda: table(columns, [row(one) for one in found]))
    return OK

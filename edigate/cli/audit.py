"""`edigate audit`: the trail of who looked at what and changed what, and whether it is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say, table

if TYPE_CHECKING:
    from edigate.gateway.auditing import Verdict


@click.group()
def command() -> None:
    """Who looked at what, and who changed what.

    Every command that shows patients or changes anything writes an entry before it does: who, from which host,
    when, the command and what it was about. Each entry holds the hash of the one before it, and once a day the
    newest is anchored in state/audit-anchors.jsonl, which should be copied to where nobody here can change it.

    \b
    Examples:
      edigate audit list --subject 62
      edigate audit verify
    """


@command.command("list")
@click.option("--who", metavar="NAME", default="", help="Only this user's.")
@click.option("--subject", metavar="TEXT", default="", help="Only what was about this: a claim's id, a file.")
@click.option("--act", metavar="COMMAND", default="", help="Only this command, e.g. `show claim`.")
@click.option("--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="Entries of DATE and later (UTC).")
@json_option
@pass_invocation
def list_entries(
    invocation: Invocation, who: str, subject: str, act: str, since: datetime | None, as_json: bool
) -> int:
    """List entries of the trail, the oldest first. Looking at it is an entry, too.

    \b
    Example:
      edigate audit list --act "show claim" --since 2026-11-01 --json
    """
    from edigate.gateway.opening import Gateway
    from edigate.ledger.audit import entries

    begin = since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC)
    with Gateway.open(invocation.workspace) as gateway, gateway.ledger.read() as tx:
        found = [
            one
            for one in entries(tx)
            if one.at >= begin
            and who in ("", one.who)
            and act in ("", one.act)
            and (not subject or subject in one.subject.split())
        ]
    emit(
        found,
        as_json=as_json,
        human=lambda: table(
            ["entry", "when", "who", "host", "what", "command", "about", "with"],
            [[one.id, one.at, one.who, one.host, one.kind, one.act, one.subject, one.detail] for one in found],
        ),
    )
    return OK


@command.command()
@json_option
@pass_invocation
def verify(invocation: Invocation, as_json: bool) -> int:
    """Check that no entry was changed, taken away, added or moved: each hash, and every anchor.

    What the anchors don't reach, the newest entries of today, can be cut off unseen: anchor them with
    `edigate audit anchor`. Exit code 0: the trail is whole; 1: it isn't; 65: the file of anchors can't be read.

    \b
    Example:
      edigate audit verify
    """
    from edigate.gateway.auditing import ANCHORS
    from edigate.gateway.auditing import verify as hold
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        verdict = hold(gateway.ledger, gateway.workspace.state / ANCHORS)
    emit(verdict, as_json=as_json, human=lambda: _tell(verdict))
    return NEEDS_PERSON if verdict.breaches else OK


def _tell(verdict: Verdict) -> None:
    for one in verdict.breaches:
        say(f"{one.code}: {one.message}")
    if not verdict.breaches:
        say(f"The trail is whole: {verdict.entries:,} entries, {verdict.anchors:,} anchors.")
    if not verdict.anchors and verdict.entries:
        note("edigate: no entry is anchored; whoever can write the database could write the trail anew")


@command.command()
@json_option
@pass_invocation
def anchor(invocation: Invocation, as_json: bool) -> int:
    """Anchor the newest entry now, in state/audit-anchors.jsonl; once a day that is done anyway.

    \b
    Example:
      edigate audit anchor
    """
    from edigate.gateway.auditing import ANCHORS
    from edigate.gateway.auditing import anchor as drop
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        made = drop(gateway.ledger, gateway.workspace.state / ANCHORS)
    told = f"Entry {made.entry} is anchored: {made.hash}" if made else "Nothing is new since the last anchor."
    emit(made, as_json=as_json, human=lambda: say(told))
    return OK

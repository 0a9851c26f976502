"""`edigate guides`: lists what `edigate.x12.guide` knows. No guide here."""

from __future__ import annotations

from typing import Any

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import UsageError


@click.command(short_help="List the implementation guides that are known.")
@click.argument("version", required=False, default="")
@json_option
@pass_invocation
def command(invocation: Invocation, version: str, as_json: bool) -> int:
    """List the implementation guides edigate checks against: where each comes from, its other names, and what
    edigate corrects in it and why.

    With VERSION (GS08 or ST03, e.g. 005010X222A1) that guide alone.

    \b
    Example: edigate guides 005010X214
    """
    del invocation  # the frame's; the guides are the program's own
    from edigate.gateway.guide_list import listed_guides

    guides = listed_guides(version)
    if not guides:
        raise UsageError(f"no guide is called {version}", hint="edigate guides lists all.")
    emit(guides, as_json=as_json, human=lambda: _show(guides, whole=bool(version)))
    return OK


def _show(guides: list[dict[str, Any]], *, whole: bool) -> None:
    rows = [
        (
            each["version"],
            each["transaction_set"],
            each["title"],
            each["source"],
            each["decoded_as"],
            len(each["corrections"]),
        )
        for each in guides
    ]
    table(["version", "set", "title", "map", "decoded as", "corrections"], rows)
    for each in guides:
        if not each["aliases"] and not each["corrections"]:
            continue
        say()
        say(each["version"] if not whole else "")
        for alias in each["aliases"]:
            say(f"  also {alias['version']}: {alias['because']}")
        for correction in each["corrections"]:
            say(f"  corrected at {correction['at']}: {correction['change']}. {correction['because']}")

"""`edigate explain`: what codes say. Knows none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.mapping import workspace_or_none
from edigate.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from edigate.gateway.explaining import Explained


@click.command(short_help="What a code means, and what to do about it.")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@json_option
@pass_invocation
def command(invocation: Invocation, codes: tuple[str, ...], as_json: bool) -> int:
    """What a code means, what to do about it, and where it is from.

    Any code of a finding (IK4-7, ZIP9, mapping-required, BANK-TOTAL), a partner's own edits, what a TA1, 999, 277CA or
    835 says (TA1-025, A7:562:85, CO-45, N706), a state, a line of doctor, an exit code. A number that is several things
    is told as each of them.

    \b
    Examples:
      edigate explain IK4-7
      edigate explain CO-197 N706 A7:562:85
      edigate explain uncertain 75
    """
    from edigate.gateway.explaining import explain

    workspace = workspace_or_none(invocation)
    partners = workspace.partners() if workspace is not None else ()
    found = [one for code in codes for one in explain(code, partners)]
    emit(found, as_json=as_json, human=lambda: _show(found))
    return OK


def _show(found: list[Explained]) -> None:
    for number, one in enumerate(found):
        if number:
            say()
        severity = f" ({' or '.join(one.severities)})" if one.severities else ""
        say(f"{one.code}: {one.kind}{severity}")
        say(f"    {one.what}")
        if one.remedy:
            say(f"    What to do: {one.remedy}")
        if one.source:
            say(f"    {one.source_is.capitalize()}: {one.source}")

"""`edigate fees`: fee tables checked and asked. Knows no column of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, findings_table, json_option, say
from edigate.cli.partner_option import the_partner
from edigate.money import to_text

if TYPE_CHECKING:
    from edigate.gateway.fees import CheckedFees, ShownFee

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(short_help="Fee tables: check a file, ask for a fee.")
def command() -> None:
    """Fee tables: what a payer allows for a service, kept as CSV in the workspace's `fees/`.

    Every *.csv there counts for every partner, unless `expected.fees` in its settings names some. Columns:
    payer, plan, procedure, modifier, place, from, to, allowed, per, note (docs/reconciling.md).

    \b
    Examples:
      edigate fees check fees/northwind-2026.csv
      edigate fees show 99213 --payer NWHP1 --date 2026-06-15
    """


@command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@json_option
def check(files: tuple[Path, ...], as_json: bool) -> int:
    """What is wrong with files of fees: each row's cells, rows that stand twice, and ties.

    A row with anything wrong is never used; of a tie no fee is. Exit code 1 where something is wrong.

    \b
    Example: edigate fees check fees/*.csv
    """
    from edigate.gateway.fees import check_fees

    checked = [check_fees(path) for path in files]
    emit(checked, as_json=as_json, human=lambda: _tell(checked))
    return OK if all(one.good for one in checked) else NEEDS_PERSON


@command.command()
@click.argument("procedure", metavar="PROCEDURE")
@click.option("--payer", metavar="ID", default="", help="The payer's id or name, as claims have it.")
@click.option("--plan", metavar="NAME", default="", help="The plan's group number or name (SBR03, SBR04).")
@click.option("--modifier", "modifiers", metavar="CODE", multiple=True, help="A modifier; may be repeated.")
@click.option("--place", metavar="CODE", default="", help="The place of service.")
@click.option("--date", "day", type=_DAY, metavar="YYYY-MM-DD", help="The day of service (default: today).")
@click.option("--partner", metavar="NAME", default="", help="Whose tables are asked (default: the only partner's).")
@json_option
@pass_invocation
def show(
    invocation: Invocation,
    procedure: str,
    payer: str,
    plan: str,
    modifiers: tuple[str, ...],
    place: str,
    day: datetime | None,
    partner: str,
    as_json: bool,
) -> int:
    """The fee of a service, and the row it stands in. Exit code 1 where there is none, or several that contradict.

    \b
    Examples:
      edigate fees show 99213 --payer NWHP1 --date 2026-06-15
      edigate fees show 71046 --modifier 26 --place 22
    """
    from edigate.gateway.fees import load_terms, show_fee
    from edigate.reconcile.fee_table import Service

    workspace = invocation.workspace
    chosen = the_partner(workspace, partner)
    service = Service(
        procedure=procedure,
        modifiers=modifiers,
        payers=(payer,) if payer else (),
        plans=(plan,) if plan else (),
        place=place,
    )
    on = (day or datetime.now()).date()  # noqa: DTZ005  # the day where the person asks
    found = show_fee(load_terms(workspace), chosen.name, service, on)
    emit(found, as_json=as_json, human=lambda: _tell_fee(found))
    return OK if found.allowed is not None else NEEDS_PERSON


def _tell(checked: list[CheckedFees]) -> None:
    for one in checked:
        if one.findings:
            findings_table(one.findings, title=f"{one.file}: {one.fees:,} rows can be used")
        else:
            say(f"{one.file}: {one.fees:,} rows, nothing wrong.")


def _tell_fee(found: ShownFee) -> None:
    if found.allowed is not None:
        say(f"${to_text(found.allowed)} for each {found.per} ({found.source})")
    elif found.tied:
        say(f"None: {' and '.join(found.tied)} say equally much and other amounts.")
    else:
        say("No fee fits.")

"""`edigate codes`: code sets listed, asked, imported. Knows no code set."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.mapping import workspace_or_none
from edigate.cli.output import emit, json_option, say, table

if TYPE_CHECKING:
    from edigate.gateway.codes import CheckedCode, ListedSet

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(short_help="Code sets: list, check a code, import an edition.")
def command() -> None:
    """Code sets: which are here and for which days, whether a code is valid, import of a publisher's file.

    Diagnoses (ICD-10-CM), places of service, states and X12's status and remark codes come with edigate.
    Procedures, modifiers, taxonomy and revenue codes are licensed or change too often: import your own file.

    \b
    Examples:
      edigate codes list
      edigate codes check icd-10-cm E11.9 J02.9 --on 2025-11-03
      edigate codes import hcpcs HCPC2026_JAN_ANWEB.txt
    """


@command.command("list")
@click.argument("name", metavar="[SET]", required=False, default="")
@json_option
@pass_invocation
def list_(invocation: Invocation, name: str, as_json: bool) -> int:
    """The code sets: editions, for which days, how many entries, whence, under which licence.

    In a workspace also what was imported there. With SET that one alone.

    \b
    Example: edigate codes list icd-10-cm
    """
    from edigate.gateway.codes import code_set, listed_sets, workspace_codes

    only = code_set(name).name if name else ""
    sets = [each for each in listed_sets(workspace_codes(workspace_or_none(invocation))) if only in ("", each.name)]
    emit(sets, as_json=as_json, human=lambda: _show_sets(sets, whole=bool(only)))
    return OK


@command.command()
@click.argument("name", metavar="SET")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@click.option("--on", "on", type=_DAY, metavar="YYYY-MM-DD", help="The day of service (default: today).")
@json_option
@pass_invocation
def check(invocation: Invocation, name: str, codes: tuple[str, ...], on: datetime | None, as_json: bool) -> int:
    """Whether codes are valid on a day, what they mean, and what may have been meant. Dots don't matter.

    Exit code 1: at least one isn't valid.

    \b
    Examples:
      edigate codes check icd-10-cm E11 S06.0X0
      edigate codes check place-of-service 10 --on 2021-06-01
    """
    from edigate.gateway.codes import check_code, code_set, workspace_codes

    known, of = workspace_codes(workspace_or_none(invocation)), code_set(name)
    day = on.date() if on is not None else date.today()  # noqa: DTZ011  # the day where the person asks
    checked = [check_code(known, of, code, day) for code in codes]
    emit(checked, as_json=as_json, human=lambda: _show_codes(checked))
    return NEEDS_PERSON if any(each.valid is False for each in checked) else OK


@command.command("import")
@click.argument("name", metavar="SET")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "layout",
    type=click.Choice(["order", "anweb", "table", "codes"]),
    help="The file's layout (default: as its first line shows): CMS's ICD order file, CMS's HCPCS contractor "
    "file, a table with column names, a list of codes.",
)
@click.option(
    "--effective",
    type=_DAY,
    metavar="YYYY-MM-DD",
    help="The edition's first day; needed where the file's name doesn't tell (icd10cm-order-2027.txt does).",
)
@json_option
@pass_invocation
def import_(
    invocation: Invocation, name: str, path: Path, layout: str | None, effective: datetime | None, as_json: bool
) -> int:
    """Import an edition of a code set from its publisher's file into the workspace. Older editions stay.

    A file that can't be read to its end is refused whole (exit code 65), with the line. A sheet must be saved
    as CSV first.

    \b
    Examples:
      edigate codes import icd-10-cm icd10cm-order-2027.txt
      edigate codes import hcpcs HCPC2026_JAN_ANWEB.txt
      edigate codes import taxonomy nucc_taxonomy_260.csv --effective 2026-01-01
      edigate codes import revenue revenue.csv --effective 2025-07-01
    """
    from edigate.gateway.codes import code_set, import_codes

    day = effective.date() if effective is not None else None
    done = import_codes(invocation.workspace, code_set(name), path, layout=layout or "", effective=day)

    def human() -> None:
        until = f" until {done.until}" if done.until else ""
        say(f"{done.set}: {done.entries:,} entries, valid from {done.effective}{until}, kept in {done.file}")
        if done.replaced:
            say("It takes the place of an earlier import with the same first day.")

    emit(done, as_json=as_json, human=human)
    return OK


def _show_sets(sets: list[ListedSet], *, whole: bool) -> None:
    rows: list[list[object]] = []
    for each in sets:
        if not each.editions:
            rows.append([each.name, each.title, "form only", None, "", f"import ({each.licence})"])
        for edition in each.editions:
            days = _days(edition.periods) or "undated"
            kept = "imported" if edition.imported else "edigate"
            rows.append([each.name, each.title, days, edition.entries, kept, edition.source])
    table(["set", "what", "days", "entries", "from", "source"], rows)
    for each in sets if whole else []:
        say()
        say(f"{each.title}: kept by {each.keeper}. {each.licence[0].upper()}{each.licence[1:]}.")
        for edition in each.editions:
            say(f"  {edition.edition}: {edition.licence}")
            for period in edition.periods:
                say(f"    certain for {period}")


def _days(periods: list[str]) -> str:
    return f"{periods[0].split('..')[0]}..{periods[-1].split('..')[1]}" if periods else ""


def _show_codes(checked: list[CheckedCode]) -> None:
    for one in checked:
        say(f"{one.code}: {one.description}" if one.description else one.code)
        say(f"    {_verdict(one)}")
        for what, found in (("say which, e.g.", one.longer), ("did you mean", one.near)):
            for each in found:
                say(f"    {what}: {each.code} {each.description}".rstrip())


def _verdict(checked: CheckedCode) -> str:
    since = f" from {checked.valid_from}" if checked.valid_from else ""
    since += " at the earliest" if since and checked.valid_from_or_later else ""
    until = f" to {checked.valid_to}" if checked.valid_to else ""
    until += " at the latest" if until and checked.valid_to_or_before else ""
    doubt = "" if checked.certain else f"; no edition here speaks for {checked.on} with certainty"
    match checked.status:
        case "no table":
            fits = "has" if checked.valid is None else "hasn't"
            return f"not checked: the set isn't here (edigate codes import {checked.set} FILE); it {fits} the form"
        case "valid":
            return f"valid on {checked.on}{doubt}"
        case "not effective":
            days = f": valid{since}{until}" if since or until else ", but in another edition"
            return f"not valid on {checked.on}{days}{doubt}"
        case "not billable":
            return f"a heading, not to be billed: a longer code says which one is meant{doubt}"
        case _:
            return f"unknown on {checked.on}{doubt}"

"""Code sets of a workspace: what ships and what was imported, listed, asked, and imported into `codesets/`.

    codesets/hcpcs/2026-01-01.txt      an edition, by its first day

Knows where editions are kept and that one is there whole or not at all. Refuses to know publishers' layouts
and what is valid when: `claims.codesets` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import msgspec

from edigate.claims.codesets import SETS, Answer, Codes, CodeSet, Edition, Heading, Period, Status, bare, dotted
from edigate.claims.codesets.layouts import read_file
from edigate.claims.codesets.table import read_heading, write
from edigate.config import Workspace
from edigate.errors import StorageError, UsageError
from edigate.gateway.code_words import code_words
from edigate.gateway.names import kept_name
from edigate.gateway.x12_files import chunks, new_file
from edigate.settings import closest

FOLDER = "codesets"
_SHOWN = 8  # longer codes of a heading

# Where a set's codes stand in files, for edigate's own words of those that pyx12 lends without any.
_PLACES = {"carc": "CAS02", "rarc": "LQ02", "claim-status-category": "STC01-1", "claim-status": "STC01-2"}


class ListedEdition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of a set. `periods` are the days it speaks for, `YYYY-MM-DD..YYYY-MM-DD`, open at the end."""

    edition: str
    source: str
    licence: str
    entries: int
    periods: list[str]
    imported: bool


class ListedSet(msgspec.Struct, frozen=True, kw_only=True):
    """A code set; without editions only the form of its codes is checked."""

    name: str
    title: str
    keeper: str
    licence: str
    editions: list[ListedEdition]


class CodeInWords(msgspec.Struct, frozen=True):
    code: str
    description: str


class CheckedCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a set says of a code on a day. `valid` is None where only its form is known, and fits.

    `valid_from_or_later`: the code began in a year that no edition here is of, at that day at the earliest;
    `valid_to_or_before`: it ended in one.
    """

    set: str
    code: str
    on: date
    status: str
    valid: bool | None
    description: str
    valid_from: date | None
    valid_to: date | None
    valid_from_or_later: bool
    valid_to_or_before: bool
    certain: bool
    edition: str
    longer: list[CodeInWords]
    near: list[CodeInWords]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """An edition that was imported. `replaced`: there was one of the same first day before."""

    set: str
    edition: str
    entries: int
    effective: date
    until: date | None
    file: str
    replaced: bool


def workspace_codes(workspace: Workspace | None) -> Codes:
    """The code sets a workspace works with; without one, what ships. Raises StorageError on a damaged edition."""
    return Codes(_imported(workspace.root) if workspace is not None else ())


def code_set(name: str) -> CodeSet:
    """The set of a name. Raises UsageError that says which are near."""
    found = SETS.get(name.lower())
    if found is None:
        raise UsageError(f"there is no code set {name!r}.{closest(name, SETS)}", hint="edigate codes list names all.")
    return found


def listed_sets(codes: Codes) -> list[ListedSet]:
    """Every code set there is, with its editions."""
    return [
        ListedSet(
            name=each.name,
            title=each.title,
            keeper=each.keeper,
            licence=each.licence,
            editions=[_listed(edition) for edition in codes.editions(each.name)],
        )
        for each in SETS.values()
    ]


def check_code(codes: Codes, of: CodeSet, code: str, on: date) -> CheckedCode:
    """A code as a person typed it, asked of its set."""
    plain = bare(of.name, code)
    answer = codes.lookup(of.name, plain, on)
    fits = of.form.fullmatch(plain) is not None
    header = answer.status is Status.NOT_BILLABLE
    unknown = answer.status is Status.UNKNOWN
    return CheckedCode(
        set=of.name,
        code=dotted(of.name, plain),
        on=on,
        status=answer.status.value,
        valid=_valid(answer, fits=fits),
        description=answer.description or code_words(_PLACES.get(of.name, ""), plain),
        valid_from=answer.start,
        valid_to=answer.end,
        valid_from_or_later=answer.start_open,
        valid_to_or_before=answer.end_open,
        certain=answer.certain,
        edition=answer.edition,
        longer=_in_words(codes, of, codes.longer(of.name, plain, on, most=_SHOWN) if header else [], on),
        near=_in_words(codes, of, codes.near(of.name, plain, on) if unknown else [], on),
    )


def import_codes(
    workspace: Workspace, of: CodeSet, path: Path, *, layout: str = "", effective: date | None = None
) -> Imported:
    """Read a publisher's file and keep it as an edition of the workspace, whole or not at all.

    `effective` is its first day, needed where the file's name doesn't tell. Raises NoInputError, DataError with
    the line that is wrong, UsageError, StorageError; an edition that was there before then stays as it was.
    """
    start = effective or _told_by_name(of, path.name)
    if start is None:
        raise UsageError(
            f"from which day on is {kept_name(path.name)} valid?",
            hint="Say it with --effective, e.g. --effective 2026-01-01; a fiscal year begins on October 1.",
        )
    rows = read_file(b"".join(chunks(str(path))), kept_name(path.name), of, layout)
    end = _fiscal_end(start) if of.fiscal else date.max
    heading = Heading(
        set=of.name,
        edition=f"fiscal year {end.year}" if of.fiscal else str(start),
        source=kept_name(path.name),
        licence=of.licence,
        periods=(Period(start, end),),
    )
    text = write(heading, rows)
    target = workspace.root / FOLDER / of.name / f"{start}.txt"
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{target.parent} can't be made: {error.strerror}") from error
    replaced = target.exists()
    with new_file(target, force=True) as stream:
        stream.write(text.encode("utf-8"))
    return Imported(
        set=of.name,
        edition=heading.edition,
        entries=len(rows),
        effective=start,
        until=end if of.fiscal else None,
        file=str(target.relative_to(workspace.root)),
        replaced=replaced,
    )


# --- the folder


def _imported(root: Path) -> Iterator[Edition]:
    for path in sorted((root / FOLDER).glob("*/[!.]*.txt")):  # what begins with a dot was never finished
        name = str(path.relative_to(root))
        lines = partial(_lines, path, name)
        heading = read_heading(lines(), name)
        if heading.set != path.parent.name or heading.set not in SETS:
            raise StorageError(
                f"{name} is an edition of {heading.set!r}", hint="Move it into that set's folder, or remove it."
            )
        yield Edition(heading, name, lines, imported=True)


def _lines(path: Path, name: str) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="\n") as stream:
            yield from stream
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{name} can't be read", hint="Remove it, and import the publisher's file again.") from error


# --- days

# What publishers call their files: ICD's fiscal year (and the month of an update), HCPCS's year and quarter.
_ICD_NAME = re.compile(r"icd-?10(?:cm|pcs).*?(20\d\d)", re.IGNORECASE | re.ASCII)
_UPDATE = re.compile(r"jan|apr", re.IGNORECASE)
_HCPCS_NAME = re.compile(r"HCPC(20\d\d)_?(JAN|APR|JUL|OCT)", re.IGNORECASE | re.ASCII)
_MONTHS = {"JAN": 1, "APR": 4, "JUL": 7, "OCT": 10}


def _told_by_name(of: CodeSet, name: str) -> date | None:
    if of.fiscal and (match := _ICD_NAME.search(name)):
        year, update = int(match[1]), _UPDATE.search(name)
        return date(year, _MONTHS[update[0].upper()], 1) if update else date(year - 1, 10, 1)
    if of.name in ("hcpcs", "modifier") and (match := _HCPCS_NAME.search(name)):
        return date(int(match[1]), _MONTHS[match[2].upper()], 1)
    return None


def _fiscal_end(start: date) -> date:
    """The September 30 that ends the federal fiscal year of a day."""
    return date(start.year + (start.month >= 10), 9, 30)


# --- for people


def _listed(edition: Edition) -> ListedEdition:
    heading = edition.heading
    return ListedEdition(
        edition=heading.edition,
        source=heading.source,
        licence=heading.licence,
        entries=heading.rows or edition.table.lines,
        periods=[f"{start}..{end if end != date.max else ''}" for start, end in heading.periods],
        imported=edition.imported,
    )


def _valid(answer: Answer, *, fits: bool) -> bool | None:
    if answer.status is Status.NO_TABLE:
        return None if fits else False
    return answer.status is Status.VALID


def _in_words(codes: Codes, of: CodeSet, found: list[str], on: date) -> list[CodeInWords]:
    return [CodeInWords(dotted(of.name, each), codes.lookup(of.name, each, on).description) for each in found]

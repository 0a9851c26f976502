"""`edigate split`: writes the parts that `edigate.x12.split` makes of a file. No X12 here."""

from __future__ import annotations

from pathlib import Path

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say
from edigate.cli.streams import force_option, note_findings
from edigate.errors import UsageError


@click.command(short_help="Split an X12 file into valid parts.")
@click.argument("file")
@click.option(
    "--by",
    type=click.Choice(["interchange", "set", "claims"]),
    default=None,
    help="What a part holds: an interchange (default), a transaction set, or so many claims of an 837.",
)
@click.option("--claims", type=click.IntRange(1), default=None, metavar="N", help="At most N claims a part (5000).")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder for the parts (default: here).",
)
@click.option(
    "--interchange-number",
    type=click.IntRange(1, 999_999_999),
    help="Number the parts' interchanges anew from this one (ISA13); default: as in the file.",
)
@force_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    file: str,
    by: str | None,
    claims: int | None,
    folder: Path,
    interchange_number: int | None,
    force: bool,
    as_json: bool,
) -> int:
    """Split an X12 file into parts that each stand alone: envelopes, counts and levels right, every claim once.

    Parts are called like the file with a number: claims-0001.837. All are written or none. An 835 isn't split
    by claims: its payment is one sum. `-` reads standard input. A receiver refuses an ISA13 that it saw before:
    give parts numbers of their own before sending them. Exit code 0: split; 1: split, but read the note;
    65: can't be split; 66: couldn't be read.

    \b
    Example: edigate split claims.837 --by claims --claims 500 -o parts
    """
    del invocation  # the frame's; nothing of a workspace is needed to split a file
    if claims is not None and by not in (None, "claims"):
        raise UsageError(f"--claims and --by {by} say different things")
    from edigate.gateway.x12_files import STDIN, chunks, write_parts
    from edigate.x12.split import MOST_CLAIMS, By, Splitter

    how: By = "claims" if by == "claims" or claims is not None else "set" if by == "set" else "interchange"
    splitter = Splitter(
        chunks(file), by=how, limit=claims or MOST_CLAIMS, file=file, first_number=interchange_number
    )
    parts = write_parts(splitter, folder, "part.x12" if file == STDIN else Path(file).name, force=force)
    wrong = note_findings(splitter.findings, file)
    for text in splitter.notes:
        note(f"edigate: {text}")
    told = [
        {
            "file": path,
            "interchange": part.interchange,
            "transaction_sets": part.transaction_sets,
            "claims": part.claims,
        }
        for path, part in parts
    ]

    def human() -> None:
        for path, part in parts:
            say(f"{path}: {_counted(part.transaction_sets, 'transaction set')}, {_counted(part.claims, 'claim')}")

    emit({"file": file, "parts": told, "notes": splitter.notes}, as_json=as_json, human=human)
    return NEEDS_PERSON if wrong or splitter.notes else OK


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

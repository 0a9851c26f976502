"""`edigate encode`: writes what `edigate.documents` makes of JSON. No X12 here."""

from __future__ import annotations

from pathlib import Path

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note
from edigate.cli.streams import force_option, output_option, refuse_force_alone, write_out
from edigate.errors import UsageError

_NUMBER = click.IntRange(1, 999_999_999)


def _character(_context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A delimiter as typed, or by name where a shell makes it hard to type."""
    named = {"newline": "\n", "none": ""}.get(value or "", value)
    if named is not None and len(named) > 1:
        raise click.BadParameter("one character, or `newline`, or `none` (repetition only)", param=parameter)
    return named


@click.command(short_help="Turn the JSON of `decode` back into X12.")
@click.argument("file")
@output_option
@force_option
@click.option("--element", callback=_character, metavar="CHAR", help="Element separator (default: the JSON's).")
@click.option("--component", callback=_character, metavar="CHAR", help="Component separator.")
@click.option("--repetition", callback=_character, metavar="CHAR", help="Repetition separator; `none` before 5010.")
@click.option("--segment", callback=_character, metavar="CHAR", help="Segment terminator; `newline` is one.")
@click.option("--line-breaks/--no-line-breaks", default=True, show_default=True, help="A new line after each segment.")
@click.option("--interchange-number", type=_NUMBER, help="ISA13 of the first interchange, then counting up.")
@click.option("--group-number", type=_NUMBER, help="GS06 of the first group, then counting up.")
@click.option("--set-number", type=_NUMBER, help="ST02 of the first transaction set, then counting up.")
@click.option("--usage", type=click.Choice(["P", "T"]), help="ISA15: production or test.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    file: str,
    output: Path | None,
    force: bool,
    element: str | None,
    component: str | None,
    repetition: str | None,
    segment: str | None,
    line_breaks: bool,
    interchange_number: int | None,
    group_number: int | None,
    set_number: int | None,
    usage: str | None,
    as_json: bool,
) -> int:
    """Write X12 from the JSON of `edigate decode`: the same segments, counts right by construction.

    Envelopes, control numbers and delimiters are the JSON's where no option says otherwise. `-` reads standard
    input; --json tells what was written to --output. Check the outcome with `edigate validate`. Exit code
    0: written; 1: written, but read the note; 65: not that JSON, or something in it that X12 can't say.

    \b
    Example: edigate encode claims.json -o claims.837 --interchange-number 12
    """
    del invocation  # the frame's; nothing of a workspace is needed to write a file
    refuse_force_alone(output, force=force)
    if as_json and output is None:
        raise UsageError("--json tells what was written to --output, which names no file")
    from edigate.documents.encode import DocumentWriter, Wishes, read_documents
    from edigate.errors import DataError
    from edigate.gateway.x12_files import lines

    wishes = Wishes(
        element=element,
        component=component,
        repetition=repetition,
        segment=segment,
        usage=usage,
        interchange_number=interchange_number,
        group_number=group_number,
        set_number=set_number,
        line_breaks=line_breaks,
    )
    writer = DocumentWriter(wishes)
    try:
        write_out(writer.write(read_documents(lines(file))), output, force=force)
    except DataError as error:
        raise DataError(f"{file}: {error.message}", hint=error.hint) from error
    for text in writer.notes:
        note(f"edigate: {text}")
    if output is not None:
        counts = {
            "interchanges": writer.interchanges,
            "groups": writer.groups,
            "transaction_sets": writer.sets,
            "segments": writer.segments,
        }
        emit({"file": output, **counts, "notes": writer.notes}, as_json=as_json, human=lambda: None)
    return NEEDS_PERSON if writer.notes else OK

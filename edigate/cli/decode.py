"""`edigate decode`: prints what `edigate.documents` makes of a file. No X12 here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import json_option, note
from edigate.cli.streams import force_option, note_findings, output_option, refuse_force_alone, write_out
from edigate.errors import UsageError

if TYPE_CHECKING:
    from edigate.documents.decode import DocumentReader


@click.command(short_help="Turn X12 into JSON or a table.")
@click.argument("file")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "jsonl", "csv"]),
    default=None,
    help="json (default): a line a transaction set, which `edigate encode` turns back; jsonl: a line a claim, "
    "for files of any size; csv: a row a claim and a row a line.",
)
@output_option
@force_option
@json_option
@pass_invocation
def command(
    invocation: Invocation, file: str, format_: str | None, output: Path | None, force: bool, as_json: bool
) -> int:
    """Turn X12 into typed records: claims, payments, acknowledgments.

    Amounts are text with their decimals, dates are ISO. Kinds without records of their own are shown as
    loops and segments. `-` reads standard input; --json is --format json. Exit code 0: all read; 1: read, but
    something in it is wrong (told on standard error, and in the JSON); 65: no X12; 66: couldn't be read.

    \b
    Example: edigate decode payment.835 --format csv -o payment.csv
    """
    del invocation  # the frame's; nothing of a workspace is needed to read a file
    if as_json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} say different things")
    refuse_force_alone(output, force=force)
    from edigate.documents.decode import DocumentReader
    from edigate.gateway.x12_files import chunks

    reader = DocumentReader(chunks(file), file=file)
    write_out(_FORMATS[format_ or "json"](reader), output, force=force)
    return _told(reader, file)


def _documents(reader: DocumentReader) -> Iterator[bytes]:
    from edigate.documents.decode import document_json

    for document in reader.documents():
        yield document_json(document)
        yield b"\n"


def _lines(reader: DocumentReader) -> Iterator[bytes]:
    from edigate.documents.decode import line_json

    for line in reader.lines():
        yield line_json(line)
        yield b"\n"


def _table(reader: DocumentReader) -> Iterable[bytes]:
    from edigate.documents.tables import TableWriter

    writer = TableWriter()
    for text in writer.write(reader.lines()):
        yield text.encode()
    if writer.left_out:
        note(f"edigate: {writer.left_out:,} TA1 aren't in the table; --format jsonl has them")


_FORMATS = {"json": _documents, "jsonl": _lines, "csv": _table}


def _told(reader: DocumentReader, file: str) -> int:
    for kind in sorted(reader.unbound):
        note(f"edigate: {kind} has no records of its own yet: it is shown as loops and segments")
    wrong = note_findings(reader.findings, file)
    if reader.unread:
        note(f"edigate: {reader.unread:,} values can't be read as what they should be; they are kept as sent")
    if reader.empty_interchanges:
        note(f"edigate: {file} holds envelopes and no transaction set in them")
    return NEEDS_PERSON if wrong or reader.unread or reader.empty_interchanges else OK

"""`edigate view`: shows what `edigate.x12.view` makes of a file. No X12 here."""

from __future__ import annotations

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import encode_json, json_option
from edigate.cli.streams import note_findings, say_lines
from edigate.errors import DataError


@click.command(short_help="Show an X12 file in words: loops, elements, codes.")
@click.argument("file")
@click.option("--loop", default="", metavar="ID", help="Only this loop and what is in it, e.g. 2300.")
@click.option(
    "--segment", type=click.IntRange(1), default=None, metavar="N", help="Only the set's Nth segment, ST being 1."
)
@click.option("--claim", default="", metavar="NUMBER", help="Only the claim with this patient control number.")
@click.option("--set", "set_", default="", metavar="NUMBER", help="Only the transaction set with this number (ST02).")
@json_option
@pass_invocation
def command(
    invocation: Invocation, file: str, loop: str, segment: int | None, claim: str, set_: str, as_json: bool
) -> int:
    """Show an X12 file as an indented tree: loops, segments and elements by name, codes in words.

    It shows patients' data, and never an ISA's password. Segments are numbered as in the findings of
    `edigate validate`. `-` reads standard input. With --json, an object a line for each segment. Exit
    code 0: shown; 65: no X12, or nothing in it is what was asked for; 66: couldn't be read.

    \b
    Example: edigate view answers.835 --claim TESTCLAIM1
    """
    del invocation  # the frame's; nothing of a workspace is needed to look at a file
    from edigate.gateway.code_words import code_words
    from edigate.gateway.x12_files import chunks
    from edigate.x12.view import Heading, Selection, View

    select = Selection(loop=loop, segment=segment or 0, claim=claim, transaction_set=set_)
    view = View(chunks(file), file=file, select=select, more_words=code_words)
    if as_json:
        shown = (item for item in view.items() if not isinstance(item, Heading))
        say_lines((encode_json(item).decode() for item in shown), keep_controls=True)
    else:
        say_lines(view)
    note_findings(view.reader.findings, file)
    if select and not view.matches:
        raise DataError(f"{file}: nothing in it is what was asked for", hint="edigate view without options shows all.")
    return OK

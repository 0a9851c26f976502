"""`edigate deidentify`: writes the files that `edigate.gateway.deidentifying` makes. No X12 here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say
from edigate.cli.streams import force_option


@click.command(short_help="Make X12 files and extracts over without anybody in them.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder for the new files, deidentified-0001.837 and so on.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="File with the key, made where there is none: the same key gives the same stand-ins another day. "
    "Without: a key that is forgotten.",
)
@click.option(
    "--mapping",
    "-m",
    metavar="NAME",
    help="The mapping that reads the files that aren't X12: its name, or a path. It tells what each column holds.",
)
@force_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    files: tuple[str, ...],
    folder: Path,
    key: Path | None,
    mapping: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Make X12 files, and extracts that a mapping reads, over for support and tests.

    Names, ids, addresses, texts and dates become others. Every stand-in has the length and look of what it stands
    for, and the same value becomes the same in all files given together: claims still fit their acknowledgments and
    payments. Codes, amounts, counts, control numbers and payers stay, so that a file is as valid or broken, and adds
    up or not, as before. A patient's dates move together, each patient's by days of their own. What neither a guide
    nor the mapping has a place for is replaced too.
    Dates are moved, not left out: see docs/deidentify.md for what that means before you give files away.

    \b
    Examples:
      edigate deidentify claims.837 answer.277 payment.835 -o for-support
      edigate deidentify carrier.csv beneficiary_2015.csv -m cms-rif-carrier -o for-support
    """
    from edigate.cli.mapping import workspace_or_none
    from edigate.gateway.deidentifying import deidentify, key_of, new_key
    from edigate.gateway.mapping_files import mapping_path

    secret, new = key_of(key) if key else (new_key(), False)
    if new:
        note(f"edigate: a new key was made in {key}; who has it can trace the stand-ins back")
    path = mapping_path(workspace_or_none(invocation), mapping) if mapping else None
    made = deidentify(files, folder, secret, date.today(), force=force, mapping=path)  # noqa: DTZ011 - one's own day

    def human() -> None:
        for one in made:
            counted = f"{one.segments:,} {_what(one.output)}, {one.replaced:,} values replaced"
            say(f"{one.output}: made of {one.file}, {counted}")

    emit({"files": made}, as_json=as_json, human=human)
    return OK


def _what(output: Path) -> str:
    return {".csv": "rows", ".json": "records", ".jsonl": "records"}.get(output.suffix, "segments")

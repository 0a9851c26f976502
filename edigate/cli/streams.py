"""What X12 commands share on the screen's side: output piece by piece, and options for where it goes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.output import note, say
from edigate.errors import StorageError, UsageError

if TYPE_CHECKING:
    from edigate.findings import Finding

_AT_ONCE = 1 << 16  # characters or bytes written at once: a write for each line would cost more than the line
_NOTED = 5  # findings told on standard error

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write, whole or not at all (default: standard output).",
)
force_option = click.option("--force", is_flag=True, help="Overwrite what is there already.")


def say_lines(lines: Iterable[str], *, keep_controls: bool = False) -> None:
    """Lines on standard output as they come. What was made before something stopped is still said."""
    waiting: list[str] = []
    size = 0
    try:
        for line in lines:
            waiting.append(line)
            size += len(line) + 1
            if size > _AT_ONCE:
                ready, waiting, size = waiting, [], 0
                say("\n".join(ready), keep_controls=keep_controls)
    finally:
        if waiting:
            say("\n".join(waiting), keep_controls=keep_controls)


def write_out(pieces: Iterable[bytes], output: Path | None, *, force: bool) -> None:
    """Bytes to a file, whole or not at all, or to standard output as they come."""
    from edigate.gateway.x12_files import new_file

    if output is None:
        for piece in _gathered(pieces):
            _to_standard_output(piece)
        return
    with new_file(output, force=force) as stream:
        stream.writelines(pieces)


def _gathered(pieces: Iterable[bytes]) -> Iterable[bytes]:
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size > _AT_ONCE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _to_standard_output(piece: bytes) -> None:
    try:
        click.echo(piece, nl=False)
    except BrokenPipeError:
        raise  # whoever reads has gone: the frame ends quietly
    except OSError as error:
        raise StorageError("standard output can't be written", hint="Is the disk full that it goes to?") from error


def refuse_force_alone(output: Path | None, *, force: bool) -> None:
    """`--force` without a file to overwrite is a slip. Raises UsageError."""
    if force and output is None:
        raise UsageError("--force says to overwrite a file, but --output names none")


def note_findings(findings: list[Finding], file: str) -> bool:
    """Tell on standard error what is wrong with envelopes; whether anything was."""
    for finding in findings[:_NOTED]:
        note(f"edigate: {finding.severity.value} {finding.code}: {finding.message}")
    if len(findings) > _NOTED:
        note(f"edigate: and {len(findings) - _NOTED:,} more; edigate validate {file} lists all")
    return bool(findings)

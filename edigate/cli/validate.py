"""`edigate validate`: shows what `edigate.x12.validate` found. Knows files and screens, no X12."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say
from edigate.errors import DataError, NoInputError

if TYPE_CHECKING:
    from edigate.findings import Finding
    from edigate.x12.validate import Report

_CHUNK = 1 << 20
_SHOWN = 100  # findings a file on screen; --json has all of them
STDIN = "-"


@click.command(short_help="Check X12 files against their implementation guides.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--engine",
    type=click.Choice(["edigate", "pyx12"]),
    default="edigate",
    show_default=True,
    help="Who judges: edigate, or pyx12 as a second opinion (slow, and its reasons in codes only).",
)
@json_option
@pass_invocation
def command(invocation: Invocation, files: tuple[str, ...], engine: str, as_json: bool) -> int:
    """Check X12 files: envelopes, and each transaction set against its implementation guide.

    Every finding names the segment and element, quotes them and says in plain words what is wrong. The
    quotes show patients' data. `-` reads standard input. Exit code 0: all valid; 65: some not; 66: some
    couldn't be read.

    \b
    Example: edigate validate claims.837 --json | jq .valid
    """
    del invocation  # the frame's; nothing of a workspace is needed to check a file
    worst = OK
    for name in files:
        try:
            read = _opener(name)
            report = _report(read, name, engine)
        except NoInputError as error:
            note(f"edigate: {error.message}")
            worst = max(worst, NoInputError.exit_code)
            continue
        emit(as_object(report), as_json=as_json, human=functools.partial(_show, report, read))
        if not report.valid:
            worst = max(worst, DataError.exit_code)
    return worst


def as_object(report: Report) -> dict[str, Any]:
    """The report for JSON: every key of every finding, also those that are empty."""
    shown = msgspec.structs.asdict(report)
    shown["findings"] = [_finding(finding) for finding in report.findings]
    return shown


def _finding(finding: Finding) -> dict[str, Any]:
    left_out = ("file", "field", "sources")  # the report's own, and those of claims made from encounters
    return {key: value for key, value in msgspec.structs.asdict(finding).items() if key not in left_out}


def _report(read: Callable[[], Iterable[bytes]], name: str, engine: str) -> Report:
    from edigate.x12.validate import validate

    if engine == "pyx12":
        from edigate.x12.pyx12_engine import validate_with_pyx12

        return validate_with_pyx12(read(), file=name)
    return validate(read(), file=name)


def _opener(name: str) -> Callable[[], Iterable[bytes]]:
    """What gives the file's bytes from the start, each time it is called. Raises NoInputError."""
    if name == STDIN:
        content = sys.stdin.buffer.read()
        return lambda: [content]
    path = Path(name)
    if path.is_dir():
        raise NoInputError(f"{name} is a directory, not a file")
    return lambda: _chunks(path, name)


def _chunks(path: Path, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except FileNotFoundError as error:
        raise NoInputError(f"{name}: no such file") from error
    except (OSError, ValueError) as error:
        raise NoInputError(f"{name} can't be read: {getattr(error, 'strerror', None) or 'not a file name'}") from error


def _show(report: Report, read: Callable[[], Iterable[bytes]]) -> None:
    from edigate.x12.quote import quote, segments_at

    shown = report.findings[:_SHOWN]
    found = segments_at(read(), (finding.offset for finding in shown)) if shown else {}
    counted = ", ".join(
        f"{count:,} {what if count == 1 else what + 's'}"
        for count, what in (
            (report.transaction_sets, "transaction set"),
            (report.claims, "claim"),
            (report.segments, "segment"),
        )
    )
    errors = sum(finding.severity == "error" for finding in report.findings)
    verdict = "valid" if report.valid else f"NOT valid, {errors:,} error{'' if errors == 1 else 's'}"
    say(f"{report.file}: {verdict} ({counted})")
    for finding in shown:
        say(f"  {finding.severity.value} {finding.code}{_place(finding)}: {finding.message}")
        if finding.expected:
            say(f"      expected: {finding.expected}")
        if finding.offset in found:
            segment, delimiters = found[finding.offset]
            for line in quote(finding, segment, delimiters):
                say(f"      {line}")
    if len(report.findings) > _SHOWN:
        say(f"  ... and {len(report.findings) - _SHOWN:,} more; --json lists all")


def _place(finding: Finding) -> str:
    parts = []
    if finding.transaction_set:
        parts.append(f"set {finding.transaction_set}")
    if finding.segment_position:
        parts.append(f"segment {finding.segment_position}")
    if finding.loop:
        parts.append(f"loop {finding.loop}")
    return f" ({', '.join(parts)})" if parts else ""

"""`edigate validate`: shows what `edigate.x12.validate` found. Knows files and screens, no X12."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from edigate.cli.invocation import OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say, say_how_to_ask
from edigate.errors import DataError, EdigateError, NoInputError, UsageError

if TYPE_CHECKING:
    from edigate.findings import Finding
    from edigate.x12.choosing import Choice
    from edigate.x12.validate import Report

_SHOWN = 100  # findings a file on screen; --json has all of them
_KEPT = 64 << 20  # bytes of standard input kept to quote from
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
@click.option(
    "--guide",
    "guides",
    multiple=True,
    metavar="VERSION",
    help="Hold transaction sets to this guide, whatever ST03 and GS08 say; may be given for several kinds of set.",
)
@click.option(
    "--corrections",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE.toml",
    help="Corrections of guides to lay over edigate's own, e.g. what a partner asks for beyond the guide.",
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Use N processes (default: all cores, where files are large)."
)
@click.option("--max-findings", type=click.IntRange(1), default=10_000, show_default=True, help="Findings kept a file.")
@click.option("--max-segment", type=click.IntRange(106), default=1 << 20, show_default=True, help="Bytes a segment.")
@click.option("--max-elements", type=click.IntRange(16), default=10_000, show_default=True, help="Elements a segment.")
@click.option("--max-file", type=click.IntRange(1), help="Bytes a file (default: no limit).")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    files: tuple[str, ...],
    engine: Literal["edigate", "pyx12"],
    guides: tuple[str, ...],
    corrections: tuple[Path, ...],
    jobs: int | None,
    max_findings: int,
    max_segment: int,
    max_elements: int,
    max_file: int | None,
    as_json: bool,
) -> int:
    """Check X12 files: envelopes, and each transaction set against its implementation guide.

    Every finding names the segment and element, quotes them and says in plain words what is wrong. The
    quotes show patients' data. `-` reads standard input. Exit code 0: all valid; 65: some not; 66: some
    couldn't be read.

    \b
    Example: edigate validate claims.837 --json | jq .valid
    """
    del invocation  # the frame's; nothing of a workspace is needed to check a file
    from edigate.gateway.validate_files import Check, validate_files
    from edigate.gateway.x12_files import chunks
    from edigate.x12.segments import Limits

    limits = Limits(
        segment_bytes=max_segment, elements=max_elements, file_bytes=max_file or 0, findings=max_findings
    )
    check = Check(engine=engine, limits=limits, choice=_choice(engine, guides, corrections))
    worst = OK
    told: list[Finding] = []
    standard_input = _Kept(chunks(STDIN))
    for name, report in validate_files(files, check, jobs or 0, standard_input=standard_input):
        if isinstance(report, NoInputError):
            note(f"edigate: {report.message}")
            worst = max(worst, report.exit_code)
            continue
        if isinstance(report, EdigateError):
            raise report
        again = standard_input.again if name == STDIN else functools.partial(chunks, name)
        emit(as_object(report), as_json=as_json, human=functools.partial(_show, report, again))
        if not report.valid:
            worst = max(worst, DataError.exit_code)
        told = told or report.findings
    say_how_to_ask(() if as_json else told)
    return worst


class _Kept:
    """Standard input as it is read, its beginning kept: what is wrong there can be quoted, and memory is bounded."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._kept: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._pieces:
            size += len(piece)
            if size <= _KEPT:
                self._kept.append(piece)
            yield piece

    def again(self) -> Iterable[bytes]:
        return self._kept


def _choice(engine: str, guides: tuple[str, ...], corrections: tuple[Path, ...]) -> Choice:
    from edigate.gateway.x12_files import chunks
    from edigate.x12.choosing import choose
    from edigate.x12.corrections import read

    if engine == "pyx12" and (guides or corrections):
        raise UsageError("--guide and --corrections are edigate's", hint="pyx12 knows its own guides alone.")
    rows = [row for path in corrections for row in read(b"".join(chunks(str(path))), file=str(path))]
    return choose(guides, tuple(rows))


def as_object(report: Report) -> dict[str, Any]:
    """The report for JSON: every key of every finding, also those that are empty."""
    shown = msgspec.structs.asdict(report)
    shown["findings"] = [_finding(finding) for finding in report.findings]
    return shown


def _finding(finding: Finding) -> dict[str, Any]:
    left_out = ("file", "field", "sources")  # the report's own, and those of claims made from encounters
    return {key: value for key, value in msgspec.structs.asdict(finding).items() if key not in left_out}


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

"""How commands speak: data or tables on standard output, everything else on standard error.

What a command file uses:

- `@json_option` passes `as_json: bool`; `emit(data, as_json=as_json, human=function)` prints `data` as one
  JSON document, alone, or calls `human()`, which prints with the helpers below.
- `say(text)` a line on standard output; `table(columns, rows)` a table there: rich on a terminal, plain
  aligned text elsewhere. `note(text)` a line on standard error.
- `step(text)` tells that something goes on: on standard error, and only where that is a terminal. `moving.py` shows
  files on their way.
- `findings_table(findings)` and `finding_line(finding)` show what is wrong with data.

In JSON, amounts are strings with their decimals, dates are ISO 8601, Structs are objects. What a partner
or a file put into a text can't move the cursor of a terminal: control characters are shown as `?`.
Knows nothing of any command.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath

import click
import msgspec

from edigate import money
from edigate.errors import StorageError
from edigate.findings import Finding, Severity

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

json_option = click.option("--json", "as_json", is_flag=True, help="Data as JSON, alone on standard output.")


def emit(data: object, *, as_json: bool, human: Callable[[], object]) -> None:
    """Print `data` as one JSON document, or let `human` print it. Raises StorageError on a full disk.

    On a terminal the JSON is indented; into a pipe or file it is one line.
    """
    if not as_json:
        human()
        return
    document = encode_json(data)
    if sys.stdout.isatty():
        document = msgspec.json.format(document, indent=2)
    say(document.decode(), keep_controls=True)


def encode_json(data: object) -> bytes:
    """JSON of Structs, dicts and lists: Decimals as strings, dates ISO, paths as text."""
    return msgspec.json.Encoder(enc_hook=_other_types, decimal_format="string").encode(data)


def _other_types(value: object) -> object:
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def say(text: str = "", *, keep_controls: bool = False) -> None:
    """One line (or several) on standard output. Raises StorageError where it can't be written."""
    try:
        click.echo(text if keep_controls else printable(text))
    except BrokenPipeError:
        raise  # whoever reads has gone: the frame ends quietly
    except OSError as error:
        raise StorageError(
            "standard output can't be written", hint="Is the disk full that it goes to?"
        ) from error


def note(text: str) -> None:
    """A line for a person on standard error."""
    click.echo(printable(text), err=True)


def step(text: str) -> None:
    """A line on standard error that something begins; nothing where no person is watching."""
    if sys.stderr.isatty():
        note(text)


def say_how_to_ask(findings: Iterable[Finding]) -> None:
    """A line on standard error how to learn more of findings' codes, an error's first; nothing where nobody watches."""
    codes = {finding.severity: finding.code for finding in reversed(list(findings))}
    if codes:
        worst = next(codes[severity] for severity in Severity if severity in codes)
        step(f"edigate explain {worst} says what to do about it; so for every code.")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table on standard output; amounts and counts stand to the right.

    Decimals are dollars and shown with two decimals, integers with thousands separated, None as nothing.
    """
    cells = [list(row) for row in rows]
    right = [_is_numeric(row[index] for row in cells) for index in range(len(columns))]
    texts = [[printable(cell_text(cell)) for cell in row] for row in cells]
    if sys.stdout.isatty():
        _rich_table(columns, texts, right, title)
    else:
        _plain_table(columns, texts, right, title)


def cell_text(value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case int():
            return f"{value:,}"
        case Decimal():
            return money.to_text(value)
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def printable(text: str) -> str:
    """The text with control and direction characters replaced by `?`; tabs and newlines stay."""
    return _CONTROL.sub("?", text)


def _is_numeric(values: Iterable[object]) -> bool:
    present = [value for value in values if value is not None and value != ""]
    return bool(present) and all(
        isinstance(value, (int, Decimal)) and not isinstance(value, (bool, Enum)) for value in present
    )


def _plain_table(columns: Sequence[str], rows: list[list[str]], right: list[bool], title: str) -> None:
    widths = [max(len(text) for text in column) for column in zip(columns, *rows, strict=True)]
    if title:
        say(title)
    for row in ([*columns], ["-" * width for width in widths], *rows):
        placed = (
            text.rjust(width) if numeric else text.ljust(width)
            for text, width, numeric in zip(row, widths, right, strict=True)
        )
        say("  ".join(placed).rstrip())


def _rich_table(columns: Sequence[str], rows: list[list[str]], right: list[bool], title: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, numeric in zip(columns, right, strict=True):
        shown.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(text) for text in row))  # Text: a `[` in a name is no markup
    Console(file=sys.stdout).print(shown)


def finding_line(finding: Finding, *, show_value: bool = False) -> str:
    """One finding in one line: severity, code, message, where; its value (maybe PHI) only when asked for."""
    told = (source for source in map(str, finding.sources) if source not in finding.message)
    where = "; ".join(part for part in (finding_place(finding), *told) if part)
    shown = f"{finding.severity.value} {finding.code}: {finding.message}"
    if show_value and finding.value:
        shown += f" [{finding.value}]"
    return f"{shown} ({where})" if where else shown


def finding_place(finding: Finding) -> str:
    """Where in an X12 file, as people say it: `file.x12, segment 12 CLM02-1, loop 2300`."""
    parts = [finding.file]
    if finding.segment_id:
        place = finding.segment_id
        if finding.element:
            place += f"{finding.element:02d}"
        if finding.component:
            place += f"-{finding.component}"
        parts.append(f"segment {finding.segment_position} {place}" if finding.segment_position else place)
    if finding.loop:
        parts.append(f"loop {finding.loop}")
    return ", ".join(part for part in parts if part)


def findings_table(findings: Iterable[Finding], *, title: str = "", show_values: bool = False) -> None:
    """All findings as a table; values only when asked for."""
    columns = ["severity", "code", "where", "field", "what is wrong"]
    rows: list[list[object]] = []
    for finding in findings:
        where = "; ".join(part for part in (finding_place(finding), *map(str, finding.sources)) if part)
        row: list[object] = [finding.severity, finding.code, where, finding.field, finding.message]
        rows.append([*row, finding.value] if show_values else row)
    table([*columns, "value"] if show_values else columns, rows, title=title)

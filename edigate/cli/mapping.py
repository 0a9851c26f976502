"""`edigate mapping`: mappings listed, begun, checked, tried on their examples, explained. No logic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, finding_line, json_option, note, say, table
from edigate.cli.streams import force_option, output_option, refuse_force_alone, write_out
from edigate.errors import ConfigError, DataError, NoInputError, UsageError

if TYPE_CHECKING:
    from edigate.claims.model import ClaimKind
    from edigate.config import Workspace
    from edigate.gateway.mapping_check import MappingCheck
    from edigate.gateway.mapping_examples import ExampleReport
    from edigate.gateway.mapping_explain import Explanation
    from edigate.gateway.mapping_new import NewMapping

lookup_option = click.option("--lookup", "lookups", multiple=True, metavar="NAME=PATH", help="Where its file is.")
_TOLD = 40  # columns named on the screen


@click.group(short_help="Mappings: list, begin, check, test, explain.")
def command() -> None:
    """Mappings: which there are, a first one for a file of yours, whether one is right, what it does.

    A mapping is named, or given by its path (`./mine.toml`). Without a workspace those that came with edigate
    are known.

    \b
    Examples:
      edigate mapping list
      edigate mapping new inbox/today.csv -o mappings/today.toml
      edigate mapping check mappings/today.toml --input inbox/today.csv
      edigate mapping explain --claim 26463774
    """


@command.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> int:
    """The mappings there are: the workspace's own, and those that came with edigate.

    \b
    Example: edigate mapping list
    """
    from edigate.gateway.mapping_files import mapping_files

    found = mapping_files(workspace_or_none(invocation))

    def human() -> None:
        rows = [
            [one.name, one.kind, one.format, "edigate" if one.shipped else "workspace", one.problem or one.description]
            for one in found
        ]
        table(["mapping", "kind", "source", "from", "description"], rows)

    emit(found, as_json=as_json, human=human)
    return OK


@command.command()
@click.argument("input_path", type=click.Path(path_type=Path), metavar="INPUT")
@output_option
@force_option
@click.option("--kind", type=click.Choice(["professional", "institutional", "dental"]), help="The kind of claims.")
@json_option
@pass_invocation
def new(
    invocation: Invocation, input_path: Path, output: Path | None, force: bool, kind: ClaimKind | None, as_json: bool
) -> int:
    """Look at a file (CSV, JSON, JSON Lines) and write a first mapping for it: a guess to start from.

    It is guessed by names of columns and by what cells look like, and each line says why. What a claim needs
    and nothing was found for is marked TODO, what has no field is listed. No cell is written, only shapes of
    cells (99999, Aaaa). At most the first few megabytes are looked at.

    \b
    Example: edigate mapping new inbox/today.csv -o mappings/today.toml
    """
    from edigate.gateway.mapping_new import new_mapping

    refuse_force_alone(output, force=force)
    made = new_mapping(input_path, kind, workspace_or_none(invocation))
    if output is not None:
        write_out([made.text.encode()], output, force=force)
    emit(made, as_json=as_json, human=lambda: _tell_new(made, output))
    return NEEDS_PERSON if made.problem else OK


@command.command()
@click.argument("mappings", nargs=-1, required=True, metavar="MAPPING...")
@click.option("--input", "input_path", type=click.Path(path_type=Path), help="An input that the mappings are to read.")
@lookup_option
@json_option
@pass_invocation
def check(
    invocation: Invocation, mappings: tuple[str, ...], input_path: Path | None, lookups: tuple[str, ...], as_json: bool
) -> int:
    """Check mappings: their keys, fields, transforms, expressions. What is misspelt is named with what was meant.

    With --input also whether they fit a file: columns that aren't there, columns nobody reads, lookup tables
    found or missing. Exit code 78: a mapping can't be used; 65: it doesn't fit the input.

    \b
    Example: edigate mapping check mappings/today.toml --input inbox/today.csv
    """
    from edigate.gateway.mapping_check import check_mapping
    from edigate.gateway.mapping_files import mapping_path

    workspace = workspace_or_none(invocation)
    named = named_lookups(lookups)
    checks = [check_mapping(mapping_path(workspace, name), input_path, named) for name in mappings]

    def human() -> None:
        for one in checks:
            _tell_check(one)

    emit(checks, as_json=as_json, human=human)
    if any(one.problem for one in checks):
        return ConfigError.exit_code
    return OK if all(one.fits for one in checks) else DataError.exit_code


@command.command()
@click.argument("mappings", nargs=-1, metavar="[MAPPING...]")
@json_option
@pass_invocation
def test(invocation: Invocation, mappings: tuple[str, ...], as_json: bool) -> int:
    """Convert the examples of mappings (all that have any), and tell what differs from what was blessed.

    Examples lie in `mappings/examples/NAME/`: inputs, lookup tables, and in claims.json what the mapping made
    of them when somebody last blessed it. Exit code 65: something differs.

    \b
    Example: edigate mapping test today
    """
    from edigate.gateway.mapping_examples import test_examples

    reports = [test_examples(path) for path in _with_examples(invocation, mappings, own=False)]
    emit(reports, as_json=as_json, human=lambda: _tell_examples(reports))
    return DataError.exit_code if any(one.differences or one.missing for one in reports) else OK


@command.command()
@click.argument("mappings", nargs=-1, metavar="[MAPPING...]")
@json_option
@pass_invocation
def bless(invocation: Invocation, mappings: tuple[str, ...], as_json: bool) -> int:
    """Write what mappings make of their examples now into claims.json: look at `mapping test` first.

    Without names, the workspace's own mappings.

    \b
    Example: edigate mapping bless today
    """
    from edigate.gateway.mapping_examples import bless_examples

    reports = [bless_examples(path) for path in _with_examples(invocation, mappings, own=True)]
    emit(reports, as_json=as_json, human=lambda: _tell_examples(reports))
    return OK


@command.command()
@click.argument("mapping", required=False, default="")
@click.argument("input_path", required=False, type=click.Path(path_type=Path), metavar="[INPUT]")
@click.option("--claim", "claim", required=True, metavar="ID", help="The claim: its id, control number, encounter key.")
@click.option("--field", "field", default="", metavar="PATH", help="Only this field and what is below it.")
@lookup_option
@json_option
@pass_invocation
def explain(
    invocation: Invocation,
    mapping: str,
    input_path: Path | None,
    claim: str,
    field: str,
    lookups: tuple[str, ...],
    as_json: bool,
) -> int:
    """Every field of a claim: its value, its place in the 837, the cells it came from, the rule.

    With MAPPING and INPUT an encounter of that file, as it would be converted now. With --claim alone a claim
    of the ledger: its archived input is mapped again, and where the mapping or a lookup table has changed
    since, that is said. It shows patients' data.

    \b
    Examples:
      edigate mapping explain encounters-csv inbox/today.csv --claim E-1001
      edigate mapping explain --claim 123 --field subscriber
    """
    from edigate.gateway.mapping_explain import explain_claim, explain_input
    from edigate.gateway.mapping_files import mapping_path

    named = named_lookups(lookups)
    if mapping and input_path is None:
        raise UsageError("explain needs a MAPPING and an INPUT, or --claim alone for a claim of the ledger")
    if input_path is not None:
        told = explain_input(mapping_path(workspace_or_none(invocation), mapping), input_path, claim, named)
    else:
        from edigate.gateway.opening import Gateway
        from edigate.ledger.timeline import claim_detail, find_claims

        with Gateway.open(invocation.workspace) as gateway:
            with gateway.ledger.read() as tx:
                rows = find_claims(tx, claim)
                detail = claim_detail(tx, rows[0].id) if rows else None
            if detail is None:
                raise NoInputError(f"no claim has the id, patient control number or encounter key {claim}")
            told = [explain_claim(gateway, detail, named)]
    for one in told:
        one.fields = [each for each in one.fields if not field or _below(each.field, field)]
    if field and not any(one.fields for one in told):
        raise NoInputError(f"the claim has nothing at {field}", hint="Leave --field out to see every field.")

    def human() -> None:
        for one in told:
            _tell_explanation(one)

    emit(told if len(told) > 1 else told[0], as_json=as_json, human=human)
    return OK


def workspace_or_none(invocation: Invocation) -> Workspace | None:
    """The workspace where one is named or stands here: a mapping may be worked on without any."""
    from edigate.config import SETTINGS_FILE

    named = invocation.workspace_option or os.environ.get("EDIGATE_WORKSPACE")
    return invocation.workspace if named or Path(SETTINGS_FILE).exists() else None


def named_lookups(lookups: tuple[str, ...]) -> dict[str, Path]:
    """`--lookup NAME=PATH`, by name. Raises UsageError."""
    found: dict[str, Path] = {}
    for text in lookups:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise UsageError(f"--lookup {text}: expected NAME=PATH")
        found[name] = Path(path)
    return found


def _with_examples(invocation: Invocation, names: tuple[str, ...], *, own: bool) -> list[Path]:
    """The mappings named, else all that have examples; of a workspace's `own` only, where that is asked for."""
    from edigate.gateway.mapping_examples import has_examples
    from edigate.gateway.mapping_files import mapping_files, mapping_path

    workspace = workspace_or_none(invocation)
    if names:
        return [mapping_path(workspace, name) for name in names]
    known = [one for one in mapping_files(workspace) if not (own and workspace is not None and one.shipped)]
    found = [one.path for one in known if has_examples(one.path)]
    if not found:
        raise NoInputError("no mapping has examples", hint="Put an input into mappings/examples/NAME/ and bless it.")
    return found


def _below(path: str, wanted: str) -> bool:
    return path == wanted or (path.startswith(wanted) and path[len(wanted)] in ".[")


def _tell_new(made: NewMapping, output: Path | None) -> None:
    if output is None:
        say(made.text.rstrip("\n"))
    used = made.columns - len(made.left)
    note(
        f"edigate: {made.kind}, from {made.format}: {used} of {made.columns} columns have found a field;"
        f" {len(made.missing)} fields are TODO"
    )
    if made.nearest:
        note(f"edigate: the mapping {made.nearest} reads files like this one; look at it before this guess")
    if made.problem:
        note(f"edigate: it can't be used before this is mended: {made.problem}")
    elif output is not None:
        note(f"edigate: written to {output}; `edigate mapping check {output} --input {made.file}` looks at it")


def _tell_check(one: MappingCheck) -> None:
    if one.problem:
        say(f"{one.mapping}: {one.problem}")
        if one.hint:
            say(f"  {one.hint}")
        return
    say(f"{one.mapping}: good; {one.kind}, from {one.format}, {one.fields} fields")
    for refused, how in ((True, "so a conversion stops"), (False, "so it counts as blank")):
        columns = [column for column in one.missing if column.refused is refused]
        columns.sort(key=lambda column: not column.suggestion)  # a slip of the pen before what simply isn't there
        named = [f"{each.column} ({each.suggestion})" if each.suggestion else each.column for each in columns]
        if named:
            say(f"  not in {one.input}, {how}: {_some(named)}")
    for found in one.lookups:
        where = ", ".join(found.files) or "no file"
        state = found.problem or ("found" if found.files else "missing, and may be")
        say(f"  lookup {found.name} ({found.file}): {where}: {state}")
    if one.unread:
        say(f"  nobody reads, of {one.input}: {_some(one.unread)}")
    for told in one.notes:
        say(f"  {told}")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(name[:160] for name in names[:_TOLD]) + more


def _tell_examples(reports: list[ExampleReport]) -> None:
    for one in reports:
        head = f"{one.mapping}: {one.claims} claims of {one.encounters} encounters in {', '.join(one.inputs)}"
        if one.written:
            say(f"{head}; claims.json written")
        elif one.missing:
            say(f"{head}; there is no claims.json yet: look at them, then `edigate mapping bless {one.mapping}`")
        elif one.differences:
            say(f"{head}; {len(one.differences)} differences")
        else:
            say(f"{head}; as blessed")
        for each in one.differences:
            where = f" ({'; '.join(map(str, each.sources))})" if each.sources else ""
            before, now = _shown(each.expected), _shown(each.made)
            say(f"  {each.encounter} {each.field or 'the encounter'}: was {before}, is {now}{where}")


def _shown(value: str | None) -> str:
    return "nothing" if value is None else value


def _tell_explanation(one: Explanation) -> None:
    rows = f"row {one.first_row}" if one.first_row == one.last_row else f"rows {one.first_row}-{one.last_row}"
    say(f"Claim {one.claim}, encounter {one.encounter}: {one.file} {rows}, by mapping {one.mapping}")
    if one.changed:
        note(f"edigate: {one.changed}")
    for finding in one.findings:
        say(f"  {finding_line(finding)}")
    if one.refused and one.fields and not any(each.value for each in one.fields):
        say("  It was refused before it was a claim; these are the rules and the cells they read:")
    for each in one.fields:
        place = f"  {each.place}" if each.place else ""
        say(f"{each.field}: {each.value}{place}" if each.value else f"{each.field}:{place}")
        cells = "; ".join(map(str, each.sources))
        if cells or each.rule:
            say(f"    {' <- '.join(part for part in (cells, each.rule) if part)}")
        if each.now:
            say(f"    would be made into {each.now} now")

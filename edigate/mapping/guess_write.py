"""A guessed mapping as the text of its file: commented with why, what to look at, and what is left to do.

Writes names of columns and shapes of cells, never a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from edigate.claims.placed import placed_fields
from edigate.mapping.fields import reason_for
from edigate.mapping.guess import Guessed
from edigate.mapping.guess_details import Guess
from edigate.mapping.guess_fields import PARTY_WORDS
from edigate.mapping.guess_names import repeated

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 110  # columns of text in comments that list names

# Fields without which a claim of any payer is refused: blank cells are refused here, with row and column.
_ALWAYS = frozenset({
    "claim.patient_control_number", "claim.payer.name", "claim.payer.payer_id", "claim.subscriber.last_name",
    "claim.subscriber.member_id", "claim.billing_provider.npi", "claim.billing_provider.last_name",
    "claim.billing_provider.tax_id", "claim.billing_provider.address.line1", "claim.billing_provider.address.city",
    "claim.billing_provider.address.state", "claim.billing_provider.address.postal_code", "line.charge",
    "line.units",
})  # fmt: skip
_ALWAYS_OF = {
    "professional": frozenset({"claim.diagnoses", "line.procedure", "line.service_date", "line.diagnosis_pointers"}),
    "institutional": frozenset({"claim.facility_type", "claim.statement_from", "line.revenue_code"}),
    "dental": frozenset({"line.procedure"}),
}
_PEOPLE = frozenset({
    "rendering_provider", "referring_provider", "supervising_provider", "attending_provider", "operating_physician",
    "assistant_surgeon", "ordering_provider",
})  # fmt: skip

_PARTIES = frozenset({party for party, _ in PARTY_WORDS})

# Words that systems say for PAT01 and SBR02 (X222A1 2000B, 2000C).
_RELATIONS = {"SELF": "18", "SPOUSE": "01", "CHILD": "19", "EMPLOYEE": "20", "UNKNOWN": "21", "OTHER": "G8"}


def write(guessed: Guessed, file: str) -> str:
    """The text of a mapping file. It loads: what can't be said is a comment."""
    return "\n".join(_lines(guessed, file)) + "\n"


def _lines(guessed: Guessed, file: str) -> Iterator[str]:
    seen = guessed.look
    total = len(seen.columns)
    yield "#:schema ./mapping.schema.json"
    yield f"# A first mapping for {_comment(file)}, guessed from its names and from {seen.records:,} of its records."
    yield "# Nothing in it is certain: look at every line, then try it with `edigate convert ... --dry-run`."
    yield "# Cells are shown as shapes only: 9 is a digit, A and a are letters."
    used = total - len(guessed.left)
    yield f"# {used} of {total} columns have found a field; {len(guessed.missing)} fields are TODO."
    for note in seen.notes:
        yield f"# {note}."
    yield ""
    yield f"kind = {_text(guessed.kind)}  # {_comment(guessed.why_kind)}"
    yield f"description = {_text(f'A first mapping for {file}')}"
    yield ""
    yield from _source(guessed)
    relation = _relation(guessed)
    if relation is not None and _in_words(relation, guessed):
        yield "[codes.relationship]  # how the patient is related to the insured: TODO check the words"
        yield from (f"{word} = {_text(code)}" for word, code in _RELATIONS.items())
        yield ""
    tables = _tables(guessed, relation)
    for table, lines in tables.items():
        if not lines or not lines[0].startswith("[["):
            yield f"[{table}]"
        yield from lines
        yield ""
    yield from _left(guessed)


def _source(guessed: Guessed) -> Iterator[str]:
    source = guessed.look.source
    yield "[source]"
    yield f"format = {_text(source.format)}"
    if source.format == "csv":
        yield f"delimiter = {_text(source.delimiter)}"
        if source.quote != '"':
            yield 'quote = ""  # quotes stand inside of cells only'
        if source.encoding != "utf-8":
            yield f"encoding = {_text(source.encoding)}"
        if source.columns:
            yield f"columns = {_value(list(source.columns))}"
    if source.path:
        yield f"path = {_text(source.path)}"
    if guessed.group_by:
        yield f"group_by = {_text(guessed.group_by)}  # {_comment(guessed.why_group)}"
    elif source.format == "csv":
        yield "# TODO group_by: the column whose texts tell encounters apart; without it each row is one"
    yield ""


# --- the tables of fields


def _tables(guessed: Guessed, relation: Guess | None) -> dict[str, list[str]]:
    """The lines of each table, by its name, in the order in which a reader looks for them."""
    tables: dict[str, list[str]] = {"claim": []}
    for name in ("payer", "subscriber", "patient", "billing_provider"):
        tables[f"claim.{name}"] = []
    listed: dict[str, list[str]] = {}
    for one in guessed.guesses:
        if one is relation:
            continue
        if "tables" in one.keys:
            listed[f"{one.root}.{one.field}"] = list(_records(one))
            continue
        table, field = _table_of(one.root, one.field)
        tables.setdefault(table, []).append(_rule(guessed, one, field))
    _constants(guessed, tables, relation)
    for key in guessed.missing:
        root, _, path = key.partition(".")
        table, field = _table_of(root, path)
        tables.setdefault(table, []).append(_todo(guessed, key, field))
    line = tables.pop("line", [])
    if guessed.look.each:
        line.insert(0, f"each = {_text(guessed.look.each)}  # one service line for each of its members")
    below = {name: tables.pop(name) for name in [*tables] if name.startswith("line.")}
    found = {name: lines for name, lines in tables.items() if lines or name == "claim"}
    return {**found, **listed, "line": line, **below}


def _table_of(root: str, field: str) -> tuple[str, str]:
    party, dot, rest = field.partition(".")
    if not dot or party not in _PARTIES:
        return root, field
    return f"{root}.{party}", rest


def _rule(guessed: Guessed, one: Guess, field: str) -> str:
    keys = dict(one.keys)
    if one.key in _ALWAYS | _ALWAYS_OF[guessed.kind]:
        keys["required"] = True
    check = f"; TODO check: {one.check}" if one.check else ""
    return f"{field} = {_value(keys)}  # {_comment(one.why + check)}"


def _records(one: Guess) -> Iterator[str]:
    """A list of records as tables of its own: numbered columns with their companions."""
    tables = one.keys["tables"]
    for table in tables if isinstance(tables, list) else ():
        yield f"[[{one.root}.{one.field}]]  # {_comment(one.why)}"
        for key, value in table.items():
            yield f"{key} = {_value(value)}"


def _todo(guessed: Guessed, key: str, field: str) -> str:
    root, _, path = key.partition(".")
    reason = reason_for(f"service_lines.{path}" if root == "line" else path, guessed.kind)
    return f'# TODO {field} = {{ from = "..." }}  # {reason}; no column was found for it'


def _constants(guessed: Guessed, tables: dict[str, list[str]], relation: Guess | None) -> None:
    """What follows from what was found: sums, who is a person, who is insured."""
    have = {one.key: one for one in guessed.guesses}
    placed = placed_fields(guessed.kind)
    if "line.charge" in have and "claim.total_charge" not in have:
        tables["claim"].append('total_charge = { use = "sum_of_lines" }')
    for root in ("claim", "line"):
        if f"{root}.notes.text" in have:
            tables.setdefault(root, []).append('notes.qualifier = { value = "ADD" }  # additional information')
    for table, lines in tables.items():
        root, _, party = table.partition(".")
        prefix = "service_lines." if root == "line" else ""
        if not lines or f"{prefix}{party}.entity_type" not in placed or f"{table}.entity_type" in have:
            continue
        first = have.get(f"{table}.first_name")
        if party in _PEOPLE:
            lines.insert(0, 'entity_type = { value = "1" }  # a person')
        elif party in ("billing_provider", "service_facility") and first is None:
            lines.insert(0, 'entity_type = { value = "2" }  # an organisation')
        elif party == "billing_provider" and first is not None:
            told = f"'1' if {_column(guessed, first.columns[0])} else '2'"
            lines.insert(0, f"entity_type = {_value({'expr': told})}  # a person where there is a first name")
    if "claim.billing_provider.tax_id" in have and "claim.billing_provider.tax_id_type" not in have:
        tables["claim.billing_provider"].append('tax_id_type = { value = "EI" }  # TODO check: SY where persons bill')
    _insured(guessed, tables, relation)


def _relation(guessed: Guessed) -> Guess | None:
    """The column that says how the patient is related to the insured, where there is a patient."""
    by_key = {one.key: one for one in guessed.guesses}
    return by_key.get("claim.patient.relationship")


def _in_words(relation: Guess, guessed: Guessed) -> bool:
    column = next(column for column in guessed.look.columns if column.name == relation.columns[0])
    return column.profile.longest > 2


def _insured(guessed: Guessed, tables: dict[str, list[str]], relation: Guess | None) -> None:
    """Whether the patient is the insured: by the relation, by a patient's name, or always."""
    have = {one.key: one for one in guessed.guesses}
    if "claim.subscriber.relationship" in have:
        return
    subscriber, patient = tables["claim.subscriber"], tables["claim.patient"]
    last = have.get("claim.patient.last_name")
    if relation is not None:
        name = _column(guessed, relation.columns[0])
        itself = "('', 'SELF', '18')" if _in_words(relation, guessed) else "('', '18')"
        said = f"{name}.upper()" if _in_words(relation, guessed) else name
        rule: dict[str, object] = {"expr": f"'18' if {said} in {itself} else ''"}
        subscriber.insert(0, f"relationship = {_value(rule)}  # 18: the patient is the insured")
        if last is None:
            patient.insert(0, "# TODO where the relation isn't the insured's own, the patient's columns are needed")
            return
        patient.insert(0, f"when = {_text(f'{said} not in {itself}')}")
        keys = {"from": relation.columns[0]}
        if _in_words(relation, guessed):
            keys = {"expr": said, "codes": "relationship"}
        patient.insert(1, f"relationship = {_value(keys)}  # {_comment(relation.why)}")
    elif last is not None:
        rule = {"expr": f"'' if {_column(guessed, last.columns[0])} else '18'"}
        subscriber.insert(0, f"relationship = {_value(rule)}  # 18: the patient is the insured")
        patient.insert(0, "# TODO relationship: 01 spouse, 19 child, G8 other ...: no column was found for it")
    else:
        why = "no column is about another patient, so the patient is the insured"
        subscriber.insert(0, f'relationship = {{ value = "18" }}  # TODO check: {why}')


# --- what was left


def _left(guessed: Guessed) -> Iterator[str]:
    if not guessed.left:
        return
    runs = repeated(tuple(name for name in guessed.left if not _COUNTED.search(name)))
    inside = {member: run for run, members in runs.items() for member in members}
    told: dict[str, str] = {}
    for name, looks in guessed.left.items():
        run = inside.get(name)
        told.setdefault(run or name, looks)
        if run and told[run] == "blank":
            told[run] = looks
    yield "# Columns without a field, and what their cells look like:"
    for name, looks in told.items():
        if looks != "blank":
            yield f"#   {_comment(name)}: {_comment(looks)}"
    blank = [name for name, looks in told.items() if looks == "blank"]
    if blank:
        yield "# Blank in all of the sample:"
        yield from _wrapped(blank)


_COUNTED = re.compile(r"[\[\]]")


def _wrapped(names: Iterable[str]) -> Iterator[str]:
    line = "#  "
    for name in names:
        if len(line) + len(name) > _WIDE:
            yield line
            line = "#  "
        line += f" {_comment(name)}"
    yield line


# --- TOML


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return _text(str(value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's, and DEL must be escaped, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _column(guessed: Guessed, name: str) -> str:
    """A column in an expression: by its name where that is one word, or JSON's words with dots."""
    parts = name.split(".") if guessed.look.source.format != "csv" else [name]
    if all(part.isidentifier() and part.isascii() for part in parts):
        return name
    return f"col({_quoted(name)})"


def _quoted(name: str) -> str:
    return repr(name)

"""A mapping's [claim] and [line] compiled to rules: checked against the model and the kind. Knows no file's columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from edigate.claims.model import Address, ClaimKind
from edigate.claims.placed import placed_fields
from edigate.errors import ConfigError
from edigate.mapping.columns import Repeat, check_path, expand, numbered, numbers
from edigate.mapping.expressions import Expression, parse_expression
from edigate.mapping.fields import ALWAYS, LIST_MARK, QUALIFIERS, ROOTS, Field, Kind, article, fields_of, reason_for
from edigate.mapping.functions import (
    POINTER_TO_CODE,
    POINTERS,
    SUM_OF_LINES,
    WITH_THE_CLAIM,
    Transform,
    Unusable,
    date_by,
    number,
    plain,
    time_by,
    whole,
)
from edigate.mapping.rules import LISTS, Candidate, RecordRule, RecordsRule, Rule
from edigate.mapping.schema import (
    LINE_KEYS,
    LIST_KEYS,
    LineForm,
    ListForm,
    MappingForm,
    RefuseForm,
    ValueForm,
    names_of,
    to_form,
)
from edigate.mapping.spelling import did_you_mean
from edigate.mapping.uses import chain, parse_use, read_pointers

_VALUE_KEYS = frozenset(field.encode_name for field in msgspec.structs.fields(ValueForm))

_LAST_STEP: dict[Kind, Transform] = {
    Kind.TEXT: plain,
    Kind.TEXTS: plain,
    Kind.CODES: plain,
    Kind.NUMBER: number,
    Kind.INTEGER: whole,
    Kind.DATE: date_by(),
    Kind.TIME: time_by(),
}
"""How a text becomes what a field holds, where `use` doesn't say."""


class Compiler:
    """Makes rules of a mapping's tables. Raises ConfigError with the file and the dotted key."""

    def __init__(self, form: MappingForm, name: str) -> None:
        self._form = form
        self.name = name
        self._json = form.source.format not in ("csv", "sql")
        self._inside = ""  # the key of the list of records that the columns at hand are inside of

    def root(self, root: str) -> RecordRule:
        table = dict(getattr(self._form, root))
        if root == "line":
            table = {word: entry for word, entry in table.items() if word not in LINE_KEYS}
        return self._record(root, "", root, ROOTS[root], table, optional=False)

    def _line_form(self) -> LineForm:
        words = {word: entry for word, entry in self._form.line.items() if word in LINE_KEYS}
        return to_form(words, LineForm, self.name, "line")

    def line_when(self) -> Expression | None:
        """[line] when: which rows are service lines; None where all are."""
        when = self._line_form().when
        return self.expression(when, "line.when") if when else None

    def each(self) -> str:
        """[line] each: `row`, or a JSON path."""
        form = self._line_form()
        if self._form.source.format == "837":
            if form.each != "row":
                raise ConfigError(f"{self.name}: line.each: the lines of an 837 are its claims' own")
            return "service_lines"
        if form.each != "row":
            if not self._json:
                raise ConfigError(f"{self.name}: line.each must be 'row': a CSV has no lists inside a row")
            check_path(form.each, f"{self.name}: line.each")
        return form.each

    def condition(self, form: RefuseForm, key: str) -> Expression:
        """When a [[refuse]] or [[warn]] holds; its columns are those of the place it looks at."""
        if form.on in {"claim", "row", "line"}:
            return self.expression(form.when, f"{key}.when")
        if not self._json or check_path(form.on, f"{self.name}: {key}.on"):
            raise ConfigError(f"{self.name}: {key}.on must be claim, row, line, or in JSON the path of a list")
        outside, self._inside = self._inside, key
        found = self.expression(form.when, f"{key}.when")
        self._inside = outside
        return found

    def expression(self, text: str, key: str) -> Expression:
        """An expression of the mapping, its columns checked as far as they can be without a file."""
        where = f"{self.name}: {key}"
        found = parse_expression(text, where, self._form.lookup, self._json)
        for column in found.columns:
            if self.check_column(column, where):
                raise ConfigError(f"{where}: {column} is a list; only list fields read lists")
        return found

    def check_column(self, column: str, where: str) -> bool:
        """Whether a column holds lists. Raises ConfigError where a JSON path can't be one."""
        head, dot, _ = column.partition(".")
        if dot and head in self._form.lookup:
            if self._inside:
                raise ConfigError(f"{where}: {column} is a lookup's; below {self._inside}.each stands no lookup")
            return False
        return self._json and check_path(column, where)

    def _record(
        self,
        root: str,
        path: str,
        key: str,
        record: type[msgspec.Struct],
        table: Any,
        *,
        optional: bool,
    ) -> RecordRule:
        if not isinstance(table, Mapping):
            raise ConfigError(f"{self.name}: {key} must be a table of {_words(record)} fields")
        known = fields_of(record)
        when = None
        parts: list[tuple[str, Rule | RecordRule | RecordsRule]] = []
        for word, entry in table.items():
            dotted = f"{key}.{word}"
            if word == "when" and path:
                if not isinstance(entry, str):
                    raise ConfigError(f"{self.name}: {dotted} must be an expression in quotes")
                when = self.expression(entry, dotted)
                continue
            if word not in known:
                raise self._unknown(root, word, dotted, known)
            below = f"{path}.{word}" if path else word
            self._check_place(root, below, dotted)
            parts.append((word, self._part(root, below, dotted, known[word], entry)))
        return RecordRule(path, key, record, optional, tuple(parts), when)

    def _unknown(self, root: str, word: str, dotted: str, known: Mapping[str, Field]) -> ConfigError:
        if root == "claim" and word == "service_lines":
            hint = "the fields of service lines stand in [line]"
        elif word in _VALUE_KEYS:
            hint = f"this is a record; say where each of its fields comes from, e.g. {next(iter(known))}"
        else:
            hint = f"fields here: {', '.join(known)}"
        return ConfigError(f"{self.name}: the claim field {dotted} isn't known{did_you_mean(word, known)}", hint=hint)

    def _check_place(self, root: str, path: str, dotted: str) -> None:
        """Refuse what claims of the mapping's kind have no place for: it would be lost when they are written."""
        kind = self._form.kind
        field = LIST_MARK.sub("", f"service_lines.{path}" if root == "line" else path)
        if field in placed_fields(kind):
            return
        others = [other for other in get_args(ClaimKind) if field in placed_fields(other)]
        hint = f"{' and '.join(others)} claims have one" if others else "no guide of claims has one"
        raise ConfigError(f"{self.name}: {dotted} has no place in {article(kind)} {kind} claim", hint=hint)

    def _part(self, root: str, path: str, key: str, field: Field, entry: Any) -> Rule | RecordRule | RecordsRule:
        if field.kind is Kind.RECORD:
            assert field.record is not None  # noqa: S101  # a RECORD field has one
            part_of_parent = field.record is Address and "." in path
            optional = not (part_of_parent or (root == "claim" and path in ALWAYS))
            if field.name in QUALIFIERS and isinstance(entry, Mapping):
                entry = {"qualifier": {"value": QUALIFIERS[field.name][0]}, **entry}
            return self._record(root, path, key, field.record, entry, optional=optional)
        if field.kind is Kind.RECORDS or (field.kind is Kind.CODES and _holds_records(field, entry)):
            return self._records(root, path, key, field, entry)
        if not isinstance(entry, Mapping):
            raise ConfigError(
                f"{self.name}: {key} must be a table",
                hint=f'for a column: {key} = {{ from = "..." }}; for a constant: {{ value = "..." }}',
            )
        return self._rule(root, path, key, field, to_form(dict(entry), ValueForm, self.name, key))

    def _item(self, root: str, path: str, key: str, record: type[msgspec.Struct], table: Any) -> RecordRule:
        """One record of a list, or with `each` as many as the JSON list at that path holds."""
        if not isinstance(table, Mapping) or "each" not in table:
            return self._record(root, path, key, record, table, optional=True)
        each, where = table["each"], f"{self.name}: {key}.each"
        if not self._json:
            raise ConfigError(f"{where}: a CSV has no lists inside a row")
        if not isinstance(each, str) or check_path(each, where):
            raise ConfigError(f"{where} must be the path of a list, e.g. claim.otherPayers, without [*]")
        outside, self._inside = self._inside, key
        rest = {word: entry for word, entry in table.items() if word != "each"}
        made = self._record(root, path, key, record, rest, optional=True)
        self._inside = outside
        return msgspec.structs.replace(made, each=each)

    def _records(self, root: str, path: str, key: str, field: Field, entry: Any) -> RecordsRule:
        """A list of records: a table for each, or one table for many by `repeat` or `each`."""
        assert field.record is not None  # noqa: S101  # a list of records or codes has one
        items: list[RecordRule] = []
        for place, table in enumerate(entry if isinstance(entry, list) else [entry]):
            dotted = f"{key}[{place}]"
            form, tables = self._repeated(dotted, table)
            for one in tables:
                made = self._item(root, f"{path}[{len(items)}]", dotted, field.record, one)
                items.append(msgspec.structs.replace(made, distinct=form.distinct))
        return RecordsRule(path, field, tuple(items))

    def _repeated(self, key: str, table: Any) -> tuple[ListForm, list[Any]]:
        """The keys of a table that are about the list, and the table without them, once for each number."""
        if not isinstance(table, Mapping):
            return ListForm(), [table]
        words = {word: entry for word, entry in table.items() if word in LIST_KEYS}
        rest = {word: entry for word, entry in table.items() if word not in LIST_KEYS}
        form = to_form(words, ListForm, self.name, key)
        where = f"{self.name}: {key}"
        if form.distinct and form.distinct not in rest:
            raise ConfigError(f"{where}.distinct must be one of its fields{did_you_mean(form.distinct, rest)}")
        if not form.repeat:
            return form, [rest]
        if "each" in rest or _has_word(rest, "repeat"):
            raise ConfigError(f"{where}: a repeat takes no each, and no repeat inside it")
        filled = [numbered(rest, number) for number in numbers(form.repeat, f"{where}.repeat")]
        if not all(named for _, named in filled):
            raise ConfigError(f"{where}: with repeat, {{}} stands for the number in from, expr and when")
        return form, [one for one, _ in filled]

    def _rule(self, root: str, path: str, key: str, field: Field, form: ValueForm) -> Rule:
        where = f"{self.name}: {key}"
        is_list = field.kind in LISTS
        special = form.use if isinstance(form.use, str) and form.use in WITH_THE_CLAIM else ""
        self._check_special(special, field, root, where)
        origins = [bool(form.from_), bool(form.expr), form.value is not None]
        if sum(origins) != (0 if special == SUM_OF_LINES else 1):
            raise ConfigError(
                f"{where} must have one of from, expr, value"
                if special != SUM_OF_LINES
                else f"{where}: the sum of the lines takes no from, expr or value"
            )
        if (form.split or form.distinct) and not is_list:
            raise ConfigError(f"{where}: split and distinct are for fields that hold a list")
        if form.value is not None and (form.use or form.codes or form.default is not None):
            raise ConfigError(f"{where}: a constant takes no use, codes or default: write what it is")
        candidates, when = self._candidates(form, where, key, is_list)
        expression = self.expression(form.expr, f"{key}.expr") if form.expr else None
        convert: Transform = plain
        vanishing = False
        if not special:
            convert, vanishing = self._convert(form, field, expression, where)
        return Rule(
            root=root,
            path=path,
            key=key,
            field=field,
            form=form,
            candidates=candidates,
            when=when,
            expression=expression,
            constant=self._constant(form.value, field, special, f"{where}.value"),
            default=self._constant(form.default, field, special, f"{where}.default"),
            convert=convert,
            special=special,
            because=form.because or reason_for(f"service_lines.{path}" if root == "line" else path, self._form.kind),
            vanishing=vanishing,
        )

    def _check_special(self, special: str, field: Field, root: str, where: str) -> None:
        if special == SUM_OF_LINES and (root, field.name) != ("claim", "total_charge"):
            raise ConfigError(f"{where}: use = '{special}' is for claim.total_charge")
        if special in {POINTERS, POINTER_TO_CODE} and field.kind is not Kind.INTEGERS:
            raise ConfigError(f"{where}: use = '{special}' is for line.diagnosis_pointers")
        if field.kind is Kind.INTEGERS and special not in {POINTERS, POINTER_TO_CODE}:
            raise ConfigError(f"{where}: needs use = '{POINTERS}' or use = '{POINTER_TO_CODE}'")

    def _candidates(
        self, form: ValueForm, where: str, key: str, is_list: bool
    ) -> tuple[tuple[Candidate, ...], Expression | None]:
        repeats: list[Repeat] = []
        for name in names_of(form.from_) if form.from_ else ():
            repeats.extend(expand(name, f"{where}.from"))
        for repeat in repeats:
            if self.check_column(repeat.column, f"{where}.from") and not is_list:
                raise ConfigError(f"{where}: {repeat.column} gives a list; this field holds one value")
        if "{}" not in form.when:
            when = self.expression(form.when, f"{key}.when") if form.when else None
            return tuple(Candidate(repeat.column, None) for repeat in repeats), when
        if not repeats or not all(repeat.number for repeat in repeats):
            raise ConfigError(f"{where}.when: {{}} is the number of a repeated column like DX{{1..12}}")
        return tuple(
            Candidate(repeat.column, self.expression(form.when.replace("{}", repeat.number), f"{key}.when"))
            for repeat in repeats
        ), None

    def _convert(
        self, form: ValueForm, field: Field, expression: Expression | None, where: str
    ) -> tuple[Transform, bool]:
        """The transforms of a rule in one, and whether they can make nothing of a text."""
        steps: list[Transform] = []
        gives = Kind.TEXT
        if expression is not None:
            gives = expression.kind
            if gives is Kind.TRUTH:
                raise ConfigError(f"{where}.expr says yes or no; write e.g. 'Y' if ... else ''")
            if gives is Kind.NUMBER:
                gives = Kind.TEXT  # it goes on as its decimal text, checked like any cell's
            elif gives is Kind.DATE and (form.use or form.codes):
                raise ConfigError(f"{where}.expr gives a date, which takes no use or codes")
        vanishing = bool(form.codes)
        for named in names_of(form.use):
            use = parse_use(named, f"{where}.use")
            if gives is not Kind.TEXT:
                raise ConfigError(f"{where}.use: {named} can't follow what gives a {gives}")
            gives = use.gives
            vanishing = vanishing or use.vanishing
            steps.append(use.step)
        if form.codes:
            if gives is not Kind.TEXT:
                raise ConfigError(f"{where}.codes can't follow what gives a {gives}")
            steps.append(self._codes(form.codes, where))
        if gives is Kind.TEXT and (not steps or field.kind not in {Kind.TEXT, Kind.TEXTS, Kind.CODES}):
            steps.append(_LAST_STEP[field.kind])
        elif gives is not Kind.TEXT and gives is not field.kind:
            raise ConfigError(f"{where} holds a {field.kind}, but its value would be a {gives}")
        return chain(steps), vanishing

    def _codes(self, name: str, where: str) -> Transform:
        if name not in self._form.codes:
            raise ConfigError(f"{where}: there is no [codes.{name}]{did_you_mean(name, self._form.codes)}")
        table = self._form.codes[name]
        otherwise = table.get("*")

        def translate(text: str) -> str:
            found = table.get(text, otherwise)
            if found is None:
                raise Unusable(f"is not in [codes.{name}] of {self.name}")
            return found

        return translate

    def _constant(self, text: str | None, field: Field, special: str, where: str) -> Any:
        if text is None or special == SUM_OF_LINES:
            return None
        try:
            if special:
                return read_pointers(text)
            value = _LAST_STEP[field.kind](text)
        except Unusable as error:
            raise ConfigError(f"{where} {error}") from None
        return [value] if field.kind is Kind.TEXTS else value


def _holds_records(field: Field, entry: Any) -> bool:
    """Whether a list of codes is written as a list of records, e.g. with what was present on admission."""
    assert field.record is not None  # noqa: S101  # a list of codes has one
    words = {"repeat", "each", *fields_of(field.record)}
    return isinstance(entry, list) or (isinstance(entry, Mapping) and not words.isdisjoint(entry))


def _has_word(table: Any, word: str) -> bool:
    if isinstance(table, list):
        return any(_has_word(entry, word) for entry in table)
    return isinstance(table, Mapping) and (word in table or any(_has_word(entry, word) for entry in table.values()))


def _words(record: type[msgspec.Struct]) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in record.__name__).strip()

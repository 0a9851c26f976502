"""What becomes of each column of an extract: a mapping says which field it fills, the guide what that field holds.

The word of a column is that of its X12 element in the table of places. A column that the mapping doesn't read is
taken for an id, like an element that no guide has. Knows no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import ClaimKind
from edigate.claims.placed import place_in_claim
from edigate.deidentify.elements import word_of
from edigate.mapping.engine import Mapping as ClaimMapping
from edigate.mapping.rules import RecordRule, RecordsRule, Rule
from edigate.mapping.schema import names_of
from edigate.x12.binding import fields

_STRICTEST = ("id", "name", "zip", "birth", "date", "filed", "payer", "control", ".")
"""Of a column that fills several fields, the first of these that any of them says."""

_BRACKETS = re.compile(r"\[[^\]]*\]")
_FORMS = re.compile(r"'([^']*%[^']*)'")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")

_WHO = {
    "last_name": ("patient.last_name", "subscriber.last_name"),
    "first_name": ("patient.first_name", "subscriber.first_name"),
    "birth_date": ("patient.birth_date", "subscriber.birth_date"),
    "member_id": ("subscriber.member_id",),
    "claim": ("patient_control_number",),
}
"""The fields that tell whose claim it is."""


class Column(msgspec.Struct, frozen=True):
    """What a column holds. `forms`: how its dates are written (strptime). `says`: texts that the mapping itself names,
    which are nobody's: codes it translates, words it compares with."""

    word: str = "id"
    read: bool = False  # whether the mapping reads it
    forms: tuple[str, ...] = ()
    says: frozenset[str] = frozenset()


class ColumnsOf:
    """The columns of a mapping's extract, and of its lookup tables (`person.BIRTH`). JSON: paths without positions.

    `joins`: of each lookup that tells whose a claim is, its own key columns and those of the extract.
    """

    def __init__(self, mapping: ClaimMapping) -> None:
        plan, form = mapping.plan, mapping.form
        words = _field_words(form.kind)
        found: dict[str, set[str]] = {}
        forms: dict[str, tuple[str, ...]] = {}
        self._who: dict[str, list[str]] = {name: [] for name in _WHO}
        below = "" if plan.each == "row" else f"{_bare(plan.each)}."
        texts = {text for table in form.codes.values() for text in table}
        for prefix, root, path in (("", plan.claim, ""), ("service_lines.", plan.line, below)):
            for rule, place in _rules(root, path):
                field = prefix + _BRACKETS.sub("", rule.path)
                word = words.get(field) or words.get(f"{field}.code") or "."
                for column in rule.columns():
                    bare = place + _bare(column)
                    fills = column in {one.column for one in rule.candidates} or rule.expression is not None
                    found.setdefault(bare, set()).add(word if fills else ".")
                    forms[bare] = forms.get(bare, ()) + tuple(_FORMS.findall(" ".join(names_of(rule.form.use))))
                for when in (rule.form.when, rule.form.expr):
                    texts.update(one or other for one, other in _QUOTED.findall(when))
                for name, fields_ in _WHO.items():
                    if field in fields_:
                        self._who[name] += [place + _bare(one.column) for one in rule.candidates]
        self.joins: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for name, lookup in form.lookup.items():  # what joins two tables is the same in both
            keys, matches = names_of(lookup.key), tuple(map(_bare, names_of(lookup.match or lookup.key)))
            for key, match in zip(keys, matches, strict=False):
                found[f"{name}.{key}"] = found.setdefault(match, {"id"})
            if any(column.startswith(f"{name}.") for columns in self._who.values() for column in columns):
                self.joins[name] = (tuple(f"{name}.{key}" for key in keys), matches)
        self.group_by = tuple(_bare(name) for name in names_of(form.source.group_by))
        self._columns = {
            name: Column(
                word=next(word for word in _STRICTEST if word in said),
                read=True,
                forms=tuple(dict.fromkeys(forms.get(name, ()))),
                says=frozenset(text.upper() for text in texts),
            )
            for name, said in found.items()
        }

    def __getitem__(self, column: str) -> Column:
        return self._columns.get(column, _UNREAD)

    def who(self) -> Mapping[str, list[str]]:
        """The columns that tell whose a row is, by what they tell; the first that isn't blank does."""
        return self._who


_UNREAD = Column()


def _bare(column: str) -> str:
    return _BRACKETS.sub("", column)


def _rules(record: RecordRule | RecordsRule, place: str) -> Iterator[tuple[Rule, str]]:
    """Every rule below a record's, and where the columns of its list stand in JSON."""
    parts = record.items if isinstance(record, RecordsRule) else tuple(part for _, part in record.parts)
    inner = f"{place}{_bare(record.each)}." if isinstance(record, RecordRule) and record.each else place
    for part in parts:
        if isinstance(part, Rule):
            yield part, inner
        else:
            yield from _rules(part, inner)


@cache
def _field_words(kind: ClaimKind) -> dict[str, str]:
    """The word of each field of a claim: that of its element."""
    found: dict[str, str] = {}
    for place in fields(binding_of_kind(kind).table):
        field = place_in_claim(place.field)
        if field is not None:
            codes = {position: min(codes) for position, codes in place.qualifiers if codes}
            word = word_of(place.segment, place.element, place.component, codes)
            found[field] = min(found.get(field, "."), word, key=_STRICTEST.index)
    return found

"""What a guess takes more than one column for: companions of numbered columns, types of bill, names in one cell.

Knows columns and what was guessed of each; chooses none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from edigate.claims.model import ClaimKind
from edigate.mapping.guess_look import Column, Look
from edigate.mapping.guess_names import concepts, repeated
from edigate.mapping.guess_values import is_date


class Guess(msgspec.Struct, kw_only=True):
    """One field: the columns it is from, the keys of its rule, and why. `check`: what a person should look at."""

    root: str
    field: str
    columns: list[str]
    why: str
    keys: dict[str, object] = {}
    check: str = ""
    score: float = 0.0
    many: bool = False

    @property
    def key(self) -> str:
        return f"{self.root}.{self.field}"


def date_rule(column: Column) -> tuple[dict[str, object], str]:
    """How dates are read; where two forms read the same cells, that a person should look."""
    forms = column.profile.dates
    swapped = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y"}
    unsure = any(swapped.get(form) and _reads_all(column, swapped[form]) for form in forms)
    return _date_use(forms), "is the month first, or the day?" if unsure else ""


def _date_use(forms: tuple[str, ...]) -> dict[str, object]:
    """The transform that reads dates of some forms; none for those that are read without."""
    if set(forms) <= {"%Y-%m-%d", "%Y%m%d"}:
        return {}
    return {"use": f"date({', '.join(map(repr, forms))})"}


def _reads_all(column: Column, form: str) -> bool:
    return all(is_date(form, cell) for cell in column.cells if cell)


def written(columns: list[str], names: tuple[str, ...]) -> str | list[str]:
    """Columns as a rule's `from`, those that run by number as one: `DX{1..12}`."""
    runs = {members[0]: (written, members) for written, members in repeated(tuple(columns)).items()}
    inside = {name for _, members in runs.values() for name in members}
    told = [runs[name][0] if name in runs else name for name in columns if name in runs or name not in inside]
    return told[0] if len(told) == 1 else told


def add_details(guesses: list[Guess], seen: Look, kind: ClaimKind) -> None:
    """Complete guesses by what stands beside their columns; adds those that take several columns."""
    by_key = {each.key: each for each in guesses}
    columns = {column.name: column for column in seen.columns}
    for key in ("claim.diagnoses", "claim.external_causes", "claim.visit_reasons"):
        if key in by_key and seen.source.format == "csv":
            _codes(by_key[key], seen, columns)
    if kind == "institutional" and "claim.facility_type" in by_key:
        _type_of_bill(guesses, by_key, seen, columns)
    for whole in [each for each in guesses if each.keys.get("use") == "name('last')"]:
        party = whole.field.removesuffix("last_name")
        for part in ("first", "middle"):
            keys = {"from": whole.keys["from"], "use": f"name('{part}')"}
            if f"{whole.root}.{party}{part}_name" not in by_key:
                field = f"{party}{part}_name"
                guesses.append(Guess(root=whole.root, field=field, columns=whole.columns, keys=keys, why="of the name"))
    phone = by_key.get("claim.billing_provider.contacts.phone")
    if phone is not None and any("x" in cell.lower() for cell in columns[phone.columns[0]].cells):
        keys = {"from": phone.keys["from"], "use": "extension"}
        field = "billing_provider.contacts.extension"
        guesses.append(Guess(root="claim", field=field, columns=phone.columns, keys=keys, why="some have one"))
    if seen.source.format == "csv":
        guesses += _records(seen, columns, kind, {name for each in guesses for name in each.columns})


def _companion(run: str, seen: Look, wanted: frozenset[str]) -> str:
    """The repeated columns beside a run (`ICD_DGNS_CD{1..25}`) whose names add some word, for the same numbers."""
    names = tuple(column.name for column in seen.columns)
    groups = repeated(names)
    members = groups.get(run, [])
    own = set(concepts(members[0])) if members else set()
    for written, others in groups.items():
        said = set(concepts(others[0]))
        if written == run or not wanted & said or not _numbers(run) <= _numbers(written):
            continue
        # ICD_DGNS_E_VRSN_CD is no companion of ICD_DGNS_CD; CLM_POA_IND_SW, which names no diagnosis, is one.
        if ("external" in said) == ("external" in own) and (said - wanted <= own or "poa" in said):
            return written
    return ""


def _numbers(run: str) -> set[int]:
    low, _, high = run[run.index("{") + 1 : run.index("}")].partition("..")
    return set(range(int(low), int(high) + 1))


def _braces(run: str) -> str:
    return f"{run[: run.index('{')]}{{}}{run[run.index('}') + 1 :]}"


def _codes(found: Guess, seen: Look, columns: dict[str, Column]) -> None:
    """Codes of ICD-9 are left out where a companion tells them; what was present on admission goes along.

    A column of the principal diagnosis comes first, and what the others repeat of it counts once.
    """
    runs = repeated(tuple(columns))
    told = found.keys["from"]
    names = told if isinstance(told, list) else [told]
    run = max((one for one in names if one in runs), key=lambda one: len(runs[one]), default="")
    if not run:
        return
    singles = [name for name in found.columns if name not in runs[run]]
    first = columns[runs[run][0]].cells
    if singles and all(columns[name].cells == first for name in singles):
        found.why += f"; {', '.join(singles)} says the same as the first"
        singles = []
    code: dict[str, object] = {"from": _braces(run), "use": "icd"}
    version = _companion(run, seen, frozenset({"version"}))
    if version and (ten := _icd_10(columns, runs[version])):
        code["when"] = f"{_column(_braces(version))} == '{ten}'"
        found.columns += runs[version]
    present = _companion(run, seen, frozenset({"poa", "present"})) if found.field != "visit_reasons" else ""
    if not present and not singles:
        found.keys = {**code, "from": run}
        return
    if not present and "when" not in code:
        found.keys["distinct"] = True
        return
    tables: list[dict[str, object]] = []
    for name in singles:
        one: dict[str, object] = {"from": name, "use": "icd"}
        beside = next((other for other in columns if set(concepts(other)) - {"version"} == set(concepts(name))
                       and "version" in concepts(other)), "")  # fmt: skip
        if beside and (ten := _icd_10(columns, [beside])):
            one["when"] = f"{_column(beside)} == '{ten}'"
            found.columns.append(beside)
        tables.append({"code": one})
    number = run[run.index("{") + 1 : run.index("}")]
    tables.append({"repeat": number, "distinct": "code", "code": code})
    if present:
        tables[-1]["present_on_admission"] = {"from": _braces(present)}
        found.columns += runs[present]
    found.keys = {"tables": tables}


def _icd_10(columns: dict[str, Column], names: list[str]) -> str:
    """How the columns beside diagnoses say ICD-10: `0` (as HIPAA's billing forms do) or `10`."""
    texts = {text for name in names for text in columns[name].profile.texts}
    return next((text for text in ("0", "10") if text in texts), "")


def _type_of_bill(guesses: list[Guess], by_key: dict[str, Guess], seen: Look, columns: dict[str, Column]) -> None:
    """A type of bill in one column, or in its three digits' columns."""
    facility = by_key["claim.facility_type"]
    (name,) = facility.columns
    cells = columns[name].profile
    if cells.longest >= 3:
        facility.keys = {"expr": f"{_column(name)}.zfill(4)[1:3]"}
        facility.why += "; the type of bill without its last digit"
        if "claim.frequency_code" not in by_key:
            keys: dict[str, object] = {"expr": f"{_column(name)}.zfill(4)[3:4]"}
            why = "the last digit of the type of bill"
            guesses.append(Guess(root="claim", field="frequency_code", columns=[name], keys=keys, why=why))
        return
    second = next((column for column in seen.columns if {"classification", "type"} <= column.words), None)
    if cells.longest == 1 and second is not None:
        facility.keys = {"expr": f"{_column(name)} + {_column(second.name)}"}
        facility.columns.append(second.name)


class _Records(NamedTuple):
    """A list of codes, each with something beside it: what their names say, what the codes look like."""

    kind: ClaimKind
    key: str
    words: frozenset[str]
    without: frozenset[str]
    looks: str
    beside: str  # the field of what stands beside, and the word that its name adds
    adds: str
    use: str = ""


_NO_CODE = frozenset({"date", "amount", "version", "modifier", "span"})
_LISTS = (
    _Records("institutional", "claim.procedures", frozenset({"procedure"}), _NO_CODE, "pcs", "date", "date"),
    _Records("institutional", "claim.occurrences", frozenset({"occurrence"}), _NO_CODE, "modifier", "date", "date"),
    _Records("institutional", "claim.value_codes", frozenset({"value"}), _NO_CODE, "modifier", "amount", "amount",
             "money"),
    _Records("dental", "line.teeth", frozenset({"tooth"}), frozenset({"surface", "missing", "range"}), "tooth",
             "surfaces", "surface", "upper_ascii"),
)  # fmt: skip


def _records(seen: Look, columns: dict[str, Column], kind: ClaimKind, used: set[str]) -> Iterator[Guess]:
    """Codes with their dates, amounts or surfaces, in numbered columns or single ones."""
    runs = repeated(tuple(columns))
    for wanted in (one for one in _LISTS if one.kind == kind):
        names = [
            name
            for name, column in columns.items()
            if name not in used and wanted.words <= column.words and not wanted.without & column.words
        ]
        taken: list[str] = []
        tables: list[dict[str, object]] = []
        for run, members in {**runs, **{name: [name] for name in names}}.items():
            filled = [columns[name].profile for name in members if columns[name].profile.filled]
            if not set(members) <= set(names) - set(taken) or not filled:
                continue
            if not all(cells.looks_like(wanted.looks) for cells in filled):
                continue
            numbered = len(members) > 1
            table: dict[str, object] = {"repeat": run[run.index("{") + 1 : run.index("}")]} if numbered else {}
            table["code"] = {"from": _braces(run) if numbered else run}
            taken += members
            beside = _beside(run, columns, wanted.adds)
            if numbered:
                beside = _companion(run, seen, frozenset({wanted.adds}))
            if beside:
                others = runs.get(beside, [beside])
                taken += others
                use: dict[str, object] = {"use": wanted.use} if wanted.use else _date_use(_forms(others, columns))
                table[wanted.beside] = {"from": _braces(beside) if numbered else beside, **use}
            tables.append(table)
        if tables:
            root, _, field = wanted.key.partition(".")
            why = f"{field.replace('_', ' ')} by name and shape"
            if field == "teeth":
                why += "; TODO check: several surfaces in one cell need split = \",\" and a comma between them"
            yield Guess(root=root, field=field, columns=taken, keys={"tables": tables}, why=why, many=True)


def _beside(name: str, columns: dict[str, Column], adds: str) -> str:
    """The column whose name is another's with one word more: PRIN_PROC_DATE of PRIN_PROC."""
    little = {"code", "id"}
    own = set(concepts(name)) - little
    said = {other: set(concepts(other)) - little for other in columns}
    # a surface beside a tooth needs no more words than that
    return next((other for other in columns if said[other] in (own | {adds}, {adds} - {"date", "amount"})), "")


def _forms(names: list[str], columns: dict[str, Column]) -> tuple[str, ...]:
    """The forms of some columns' dates; of blank ones what is usual in the file."""
    of_file = Counter(column.profile.dates for column in columns.values() if column.profile.dates)
    seen_forms = [columns[name].profile.dates for name in names]
    return next(filter(None, [*seen_forms, *(forms for forms, _ in of_file.most_common(1))]), ())


def _column(name: str) -> str:
    """A column in an expression."""
    bare = name.replace("{}", "")
    return name if bare.isidentifier() and bare.isascii() else f"col({name!r})"
